#include "rocks.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>

enum { key_len = 16, val_len = 100, steps = 64, step_bits = 6 };

static int64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// note is histogram.note of client.go.
static void note(int64_t *histogram, int64_t ns) {
	uint64_t v = ns < steps ? steps : (uint64_t)ns;
	int e = 63 - __builtin_clzll(v);
	int at = e * steps + (int)(v >> (e - step_bits) & (steps - 1));
	__atomic_fetch_add(&histogram[at], 1, __ATOMIC_RELAXED);
}

static int64_t sync_took[64 * steps], sync_added;

void rocks_add(int64_t nanos) { __atomic_store_n(&sync_added, nanos, __ATOMIC_RELAXED); }

static int timed_sync(long call, int fd) {
	int64_t begin = now();
	int rc = (int)syscall(call, fd);
	note(sync_took, now() - begin);
	int64_t added = __atomic_load_n(&sync_added, __ATOMIC_RELAXED);
	struct timespec wait = {added / 1000000000, added % 1000000000};
	while (added > 0 && nanosleep(&wait, &wait) != 0 && errno == EINTR) {
	}
	return rc;
}

// A program's own functions come before the C library's, for its shared
// libraries too: RocksDB's syncs come by here.
int fsync(int fd) { return timed_sync(SYS_fsync, fd); }
int fdatasync(int fd) { return timed_sync(SYS_fdatasync, fd); }

void rocks_syncs(int64_t *histogram) {
	for (int i = 0; i < 64 * steps; i++)
		histogram[i] = __atomic_load_n(&sync_took[i], __ATOMIC_RELAXED);
}

rocks rocks_open(const char *dir, size_t memtable, int memtables, size_t cache, char **err) {
	rocks r;
	r.options = rocksdb_options_create();
	rocksdb_options_set_create_if_missing(r.options, 1);
	rocksdb_options_set_write_buffer_size(r.options, memtable);
	rocksdb_options_set_max_write_buffer_number(r.options, memtables);

	rocksdb_cache_t *lru = rocksdb_cache_create_lru(cache);
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
	rocksdb_block_based_options_set_block_cache(table, lru);
	rocksdb_options_set_block_based_table_factory(r.options, table);
	rocksdb_block_based_options_destroy(table);
	rocksdb_cache_destroy(lru); // the table options hold it

	r.db_options = rocksdb_transactiondb_options_create();
	r.txn_options = rocksdb_transaction_options_create();
	r.synced = rocksdb_writeoptions_create();
	rocksdb_writeoptions_set_sync(r.synced, 1);
	r.db = rocksdb_transactiondb_open(r.options, r.db_options, dir, err);
	return r;
}

void rocks_close(rocks *r) {
	if (r->db != NULL)
		rocksdb_transactiondb_close(r->db);
	rocksdb_writeoptions_destroy(r->synced);
	rocksdb_transaction_options_destroy(r->txn_options);
	rocksdb_transactiondb_options_destroy(r->db_options);
	rocksdb_options_destroy(r->options);
}

// The rows are those of rows.go.
static void make_key(char *k, char letter, int64_t i) {
	k[0] = letter;
	for (int at = key_len - 1; at > 0; at--) {
		k[at] = (char)('0' + i % 10);
		i /= 10;
	}
}

static void make_value(unsigned char *v, int64_t i) {
	uint64_t x = (uint64_t)i;
	for (int at = 0; at < val_len; at += 4) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		for (int b = 0; b < 4; b++)
			v[at + b] = (unsigned char)(x >> (32 + 8 * b));
	}
}

static char *branch(rocks *r, rocksdb_transaction_t *txn, int64_t i) {
	char k[key_len], *err = NULL;
	unsigned char v[val_len];
	make_key(k, 'x', i);
	rocksdb_transaction_set_name(txn, k, key_len, &err);
	make_value(v, i);
	for (char letter = 'a'; err == NULL && letter <= 'b'; letter++) {
		make_key(k, letter, i);
		rocksdb_transaction_put(txn, k, key_len, (char *)v, val_len, &err);
	}
	if (err == NULL)
		rocksdb_transaction_prepare(txn, &err);
	if (err == NULL)
		rocksdb_transaction_commit(txn, &err);
	return err;
}

char *rocks_branches(rocks *r, int64_t *next, int32_t *stop, int64_t *histogram) {
	rocksdb_transaction_t *txn = NULL;
	char *err = NULL;
	int64_t last = now();
	while (err == NULL && !__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		int64_t i = __atomic_add_fetch(next, 1, __ATOMIC_RELAXED);
		txn = rocksdb_transaction_begin(r->db, r->synced, r->txn_options, txn); // reuses it
		err = branch(r, txn, i);
		int64_t t = now();
		note(histogram, t - last);
		last = t;
	}
	if (txn != NULL)
		rocksdb_transaction_destroy(txn);
	return err;
}
