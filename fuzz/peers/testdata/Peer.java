import java.sql.*;
import java.util.*;
import javax.sql.*;
import javax.transaction.xa.*;
import org.mariadb.jdbc.MariaDbDataSource;

/** What a program does with MariaDB Connector/J; any failure is an exception. */
public class Peer {
  record Name(int format, byte[] gtrid, byte[] bqual) implements Xid {
    public int getFormatId() { return format; }
    public byte[] getGlobalTransactionId() { return gtrid; }
    public byte[] getBranchQualifier() { return bqual; }
  }

  static void want(Object want, Object got) {
    if (!Objects.equals(String.valueOf(want), String.valueOf(got))) throw new AssertionError("want " + want + ", got " + got);
  }

  static String ask(Connection c, String query) throws SQLException {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(query)) {
      return r.next() ? r.getString(1) : null;
    }
  }

  static void xa(String url) throws Exception {
    MariaDbDataSource source = new MariaDbDataSource(url + "?user=root");
    XAConnection xc = source.getXAConnection();
    XAResource xr = xc.getXAResource();
    Connection c = xc.getConnection();
    Name kept = new Name(7, new byte[] {0, (byte) 255, 'g'}, "b".getBytes());
    xr.start(kept, XAResource.TMNOFLAGS);
    c.createStatement().executeUpdate("INSERT INTO t VALUES (1000, 'xa', 1)");
    xr.end(kept, XAResource.TMSUCCESS);
    want(XAResource.XA_OK, xr.prepare(kept));
    Xid[] list = source.getXAConnection().getXAResource().recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
    want(1, list.length);
    want(7, list[0].getFormatId());
    want(Arrays.toString(kept.gtrid), Arrays.toString(list[0].getGlobalTransactionId()));
    source.getXAConnection().getXAResource().commit(list[0], false);
    want(1, ask(c, "SELECT COUNT(*) FROM t WHERE id = 1000"));

    Name undone = new Name(1, "undone".getBytes(), "q".getBytes());
    xr.start(undone, XAResource.TMNOFLAGS);
    c.createStatement().executeUpdate("DELETE FROM t WHERE id = 1000");
    xr.end(undone, XAResource.TMFAIL);
    xr.rollback(undone);
    Name once = new Name(1, "once".getBytes(), "1".getBytes());
    xr.start(once, XAResource.TMNOFLAGS);
    c.createStatement().executeUpdate("UPDATE t SET n = 2 WHERE id = 1000");
    xr.end(once, XAResource.TMSUCCESS);
    xr.commit(once, true);
    want(2, ask(c, "SELECT n FROM t WHERE id = 1000"));
    try {
      xr.commit(new Name(1, "nobody".getBytes(), "q".getBytes()), false);
      throw new AssertionError("an unknown branch was committed");
    } catch (XAException e) {
      want(XAException.XAER_NOTA, e.errorCode);
    }
  }

  static void statements(String url, String params) throws Exception {
    try (Connection c = DriverManager.getConnection(url + "?user=root&" + params)) {
      c.createStatement().execute("DROP TABLE IF EXISTS j");
      c.createStatement().execute("CREATE TABLE j (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), d DECIMAL(10,2),"
          + " f DOUBLE, b VARBINARY(20), at DATETIME(6), day DATE, UNIQUE KEY us (s), KEY di (d, day))");
      c.setAutoCommit(false);
      PreparedStatement p = c.prepareStatement("INSERT INTO j (s, d, f, b, at, day) VALUES (?, ?, ?, ?, ?, ?)", Statement.RETURN_GENERATED_KEYS);
      for (int i = 1; i <= 500; i++) {
        p.setString(1, "s" + i);
        p.setBigDecimal(2, new java.math.BigDecimal(i + ".25"));
        p.setDouble(3, i / 2.0);
        p.setBytes(4, new byte[] {(byte) i, 0});
        p.setTimestamp(5, Timestamp.valueOf("2024-02-29 23:59:58.123456"));
        p.setDate(6, i % 2 == 0 ? java.sql.Date.valueOf("2024-02-29") : null);
        p.addBatch();
      }
      want(500, p.executeBatch().length);
      ResultSet keys = p.getGeneratedKeys();
      keys.next();
      want(1, keys.getLong(1));
      c.commit();
      PreparedStatement q = c.prepareStatement("SELECT * FROM j WHERE id > ? ORDER BY id");
      q.setFetchSize(7);
      for (int round = 0; round < 2; round++) {
        q.setLong(1, 10);
        ResultSet r = q.executeQuery();
        int n = 10;
        while (r.next()) {
          n++;
          want(n, r.getLong("id"));
          want("s" + n, r.getString("s"));
          want(n + ".25", r.getBigDecimal("d"));
          want(n / 2.0, r.getDouble("f"));
          want((byte) n, r.getBytes("b")[0]);
          want("2024-02-29 23:59:58.123456", r.getTimestamp("at"));
          want(n % 2 == 0 ? "2024-02-29" : null, r.getDate("day"));
        }
        want(500, n);
      }
      try {
        c.createStatement().execute("INSERT INTO j (s) VALUES ('s1')");
        throw new AssertionError("a duplicate was inserted");
      } catch (SQLIntegrityConstraintViolationException e) {
        want(1062, e.getErrorCode());
      }
      c.rollback();
      metadata(c.getMetaData());
    }
  }

  static String column(ResultSet r, String... names) throws SQLException {
    StringBuilder out = new StringBuilder();
    while (r.next()) for (String n : names) out.append(r.getString(n)).append(n == names[names.length - 1] ? ";" : ",");
    return out.toString();
  }

  static void metadata(DatabaseMetaData m) throws SQLException {
    want("j,TABLE;t,TABLE;", column(m.getTables("d", null, "%", new String[] {"TABLE"}), "TABLE_NAME", "TABLE_TYPE")
        .replace("BASE TABLE", "TABLE"));
    want("id,-5,0;s,12,1;d,3,1;f,8,1;b,-3,1;at,93,1;day,91,1;", column(m.getColumns("d", null, "j", "%"), "COLUMN_NAME", "DATA_TYPE", "NULLABLE"));
    want("id,1;", column(m.getPrimaryKeys("d", null, "j"), "COLUMN_NAME", "KEY_SEQ"));
    want("PRIMARY,1,id;us,1,s;di,1,d;di,2,day;", column(m.getIndexInfo("d", null, "j", false, false), "INDEX_NAME", "ORDINAL_POSITION", "COLUMN_NAME"));
    want(true, m.getCatalogs().next());
    m.getImportedKeys("d", null, "j");
    m.getTypeInfo();
  }

  public static void main(String[] args) throws Exception {
    String url = "jdbc:mariadb://" + args[0] + "/d";
    xa(url);
    for (String params : args[1].split(";")) {
      statements(url, params);
      System.out.println("ok " + params);
    }
  }
}
