// The client's loop of RocksDB, in C so that it pays for no change of language
// per operation.
#include <stddef.h>
#include <stdint.h>
#include <rocksdb/c.h>

typedef struct {
	rocksdb_transactiondb_t *db;
	rocksdb_options_t *options;
	rocksdb_transactiondb_options_t *db_options;
	rocksdb_writeoptions_t *synced;
	rocksdb_transaction_options_t *txn_options;
} rocks;

// rocks_open opens the store in dir. On failure *err is a text to be freed.
rocks rocks_open(const char *dir, size_t memtable, int memtables, size_t cache, char **err);
void rocks_close(rocks *r);

// rocks_branches takes one branch after the other through prepare and commit,
// both durable, until *stop is not 0. It returns NULL or a text to be freed.
char *rocks_branches(rocks *r, int64_t *next, int32_t *stop, int64_t *histogram);

// rocks_syncs copies out how long the syncs took that the process did through
// the C library, which nothing but RocksDB does here.
void rocks_syncs(int64_t *histogram);

// rocks_add makes each of those syncs longer by so many nanoseconds.
void rocks_add(int64_t nanos);
