# Two-phase sessions of SQLAlchemy: alchemy.py PORT PORT. The last line is "ok".
import sys

from sqlalchemy import BigInteger, Column, Integer, String, create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, declarative_base

engines = []
for port in sys.argv[1:]:
    url = "mysql+pymysql://root@127.0.0.1:" + port + "/"
    with create_engine(url).connect() as c:
        c.execute(text("CREATE DATABASE bank"))
    engines.append(create_engine(url + "bank?charset=utf8mb4"))
base = declarative_base()


class Debit(base):
    __tablename__ = "debit"
    id = Column(Integer, primary_key=True)
    owner = Column(String(20), unique=True, nullable=False)


class Credit(base):
    __tablename__ = "credit"
    id = Column(BigInteger, primary_key=True)
    amount = Column(Integer, index=True)


binds = {Debit: engines[0], Credit: engines[1]}
for table, engine in binds.items():
    table.__table__.create(engine)
    columns = {c["name"]: c for c in inspect(engine).get_columns(table.__tablename__)}
    assert columns["id"]["nullable"] is False, columns
s = Session(twophase=True, binds=binds, future=True)


def both(owner, amount):
    s.add(Debit(owner=owner))
    s.add(Credit(amount=amount))


def held():
    rows = [d.owner for d in s.query(Debit).order_by(Debit.id)], [c.amount for c in s.query(Credit).order_by(Credit.id)]
    s.rollback()
    return rows


both("one", 1)
s.commit()
both("undone", 2)
s.flush()
s.rollback()
both("prepared", 3)
s.prepare()
s.commit()
both("prepared and undone", 4)
s.prepare()
s.rollback()
both("one", 5)
try:
    s.commit()
    raise AssertionError("a second one was taken")
except IntegrityError:
    s.rollback()
assert held() == (["one", "prepared"], [1, 3]), held()

for xid, commit in ("kept é", True), ("dropped", False):
    c = engines[0].connect()
    t = c.begin_twophase(xid)
    c.execute(insert(Debit.__table__), {"owner": xid})
    t.prepare()
    c.invalidate()  # its connection is gone
    c = engines[0].connect()
    assert c.recover_twophase() == [xid], c.recover_twophase()
    for found in c.recover_twophase():
        decide = c.commit_prepared if commit else c.rollback_prepared
        decide(found, recover=True)
    assert c.recover_twophase() == []
    c.close()
assert held() == (["one", "prepared", "kept é"], [1, 3]), held()
print("ok")
