#include "chance.h"
#include "core/proof/leaf.h"
#include "core/proof/line.h"
#include "io/proof/entries.h"
#include "io/proof/store.h"
#include "io/proof/tiles.h"
#include "temporary.h"
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMPORARY_SIZE];
static struct note_signer key;
static char err[300];

static void run(const char *format, const char *word)
{
	char command[400];
	snprintf(command, sizeof(command), format, dir, word);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	uint8_t seed[NOTE_KEY] = { 1, 2, 3 };
	note_signer_make("licet/test", seed, &key);
	return mkdtemp(temporary_name(dir)) != NULL ? 0 : -1;
}

static int end(void **state)
{
	run("rm -rf %s%s", "");
	return 0;
}

static struct store *open_store(void)
{
	bool lasting;
	uint64_t mended;
	struct store *s = store_open(dir, &key, 1, &mended, &lasting, err, sizeof(err));
	if (s == NULL)
		fail_msg("%s", err);
	return s;
}

/* It must be refused, and say why. */
static void refused_with(const char *why)
{
	bool lasting;
	uint64_t mended;
	struct store *s = store_open(dir, &key, 1, &mended, &lasting, err, sizeof(err));
	if (s != NULL)
		fail_msg("opened, though: %s", why);
	if (strstr(err, why) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", why, err);
}

static void append(struct store *s, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		char line[64];
		int len = snprintf(line, sizeof(line), "{\"n\":%d}", (int)i);
		if (!store_append(s, line, (size_t)len, err, sizeof(err)))
			fail_msg("%s", err);
	}
}

static void good(bool done)
{
	if (!done)
		fail_msg("%s", err);
}

/* All that the folder must be: lines in order, tiles that hash them, a checkpoint of the root. */
static void whole(uint64_t size, uint64_t sealed)
{
	struct entries e;
	struct tiles_tree *t = calloc(1, sizeof(*t));
	struct merkle_hash root, *leaves = calloc(size + 1, sizeof(*leaves)), node;
	struct checkpoint c;
	const char *line;
	char note[NOTE_MAX];
	size_t len, text_len;
	int folder = open(dir, O_RDONLY | O_DIRECTORY);
	entries_open(&e, folder, 0, 0);
	while (entries_next(&e, &line, &len)) {
		assert_true(e.index <= size);
		assert_int_equal(line_number(line, len, "n", (int64_t)e.index - 1), e.index - 1);
		leaf_of(line, len, &leaves[e.index - 1]);
	}
	assert_string_equal(e.error, "");
	assert_int_equal(e.index, size);
	entries_close(&e);
	int64_t n = tiles_note(folder, "checkpoint", note);
	assert_true(n > 0);
	assert_int_equal(note_open(note, (size_t)n, &key.verifier, 1, &text_len), 0);
	assert_true(checkpoint_parse(note, text_len, &c));
	assert_int_equal(c.size, sealed);
	t->folder = folder;
	t->size = sealed;
	if (!merkle_root(sealed, tiles_node, t, &root))
		fail_msg("%s", t->error);
	assert_true(merkle_same(&root, &c.root));
	for (uint64_t i = 0; i < sealed; i += i < 600 ? 1 : 997) {
		assert_true(tiles_node(t, 0, i, &node));
		assert_true(merkle_same(&node, &leaves[i]));
	}
	free(leaves);
	free(t);
	close(folder);
}

static void test_grows(void **state)
{
	struct store *s = open_store();
	struct stat st;
	char path[100];
	assert_int_equal(store_size(s), 0);
	append(s, 0, 3);
	good(store_seal(s, err, sizeof(err)));
	whole(3, 3);
	refused_with("another process writes this log");
	append(s, 3, 700);
	good(store_sync(s, err, sizeof(err)));
	whole(700, 3);
	good(store_seal(s, err, sizeof(err)));
	append(s, 700, 65536 + 300);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(65836, 65836);
	s = open_store();
	assert_int_equal(store_size(s), 65836);
	append(s, 65836, 65837);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(65837, 65837);
	snprintf(path, sizeof(path), "%s/entries/000000065536.jsonl", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	uint64_t *sizes;
	int folder = open(dir, O_RDONLY);
	assert_int_equal(checkpoint_sizes(folder, &sizes), 4);
	assert_int_equal(sizes[1], 700);
	free(sizes);
	close(folder);
}

/* Exactly a whole file: the next line begins another, also after a reopening. */
static void test_full_file(void **state)
{
	struct store *s = open_store();
	append(s, 0, 65536);
	good(store_sync(s, err, sizeof(err)));
	store_close(s);
	s = open_store();
	append(s, 65536, 65538);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(65538, 65538);
}

/* Whatever was written behind the checkpoint when the power went: whole lines stay, the rest goes. */
static void test_torn_tails(void **state)
{
	char path[100];
	struct store *s = open_store();
	append(s, 0, 300);
	good(store_seal(s, err, sizeof(err)));
	append(s, 300, 303);
	good(store_sync(s, err, sizeof(err)));
	store_close(s);
	snprintf(path, sizeof(path), "%s/entries/000000000000.jsonl", dir);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	off_t whole_lines = st.st_size, line = 10; /* {"n":300} and its end */
	for (off_t cut = whole_lines; cut >= whole_lines - 3 * line; cut--) {
		bool lasting;
		uint64_t mended, left = 300 + (uint64_t)(cut - (whole_lines - 3 * line)) / 10;
		assert_int_equal(truncate(path, cut), 0);
		s = store_open(dir, &key, 1, &mended, &lasting, err, sizeof(err));
		assert_non_null(s);
		assert_int_equal(store_size(s), left);
		assert_int_equal(mended, (cut - (whole_lines - 3 * line)) % 10);
		append(s, left, 303);
		good(store_sync(s, err, sizeof(err)));
		store_close(s);
	}
	run("printf 'garbage\\n\\000\\000{' >> %s/entries/000000000000.jsonl%s", "");
	s = open_store();
	assert_int_equal(store_size(s), 303);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(303, 303);
}

/* What was not synced is not there any more when the store is closed. */
static void test_unsynced_goes(void **state)
{
	struct store *s = open_store();
	append(s, 0, 300);
	good(store_seal(s, err, sizeof(err)));
	append(s, 300, 40000);
	store_close(s);
	s = open_store();
	assert_int_equal(store_size(s), 300);
	append(s, 300, 301);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(301, 301);
}

static void test_damaged_is_refused(void **state)
{
	struct store *s = open_store();
	struct note_signer other;
	uint8_t seed[NOTE_KEY] = { 9 };
	append(s, 0, 600);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	note_signer_make("licet/other", seed, &other);
	bool lasting;
	uint64_t mended;
	assert_null(store_open(dir, &other, 1, &mended, &lasting, err, sizeof(err)));
	assert_non_null(strstr(err, "another log's"));
	run("cp -a %1$s %1$s.kept%2$s", "");
	static const struct {
		const char *how, *why;
	} rows[] = {
		{ "sed -i '590s/5/6/' %s/entries/*%s", "not those that its checkpoint" },
		{ "sed -i '$d' %s/entries/*%s", "not those that its checkpoint" },
		{ "printf x | dd of=%s/tile/0/001 bs=1 seek=77 conv=notrunc status=none%s",
		  "not those that its checkpoint" },
		{ "truncate -s 100 %s/tile/0/001%s", "another length" },
		{ "rm %s/tile/0/000%s", "No such file" },
		{ "rm %s/checkpoint%s", "checkpoint is missing" },
		{ "sed -i 's/^600/601/' %s/checkpoint%s", "not signed" },
		{ "chmod 770 %s%s", "others may write there" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		run(rows[i].how, "");
		refused_with(rows[i].why);
		run("rm -rf %1$s && cp -a %1$s.kept %1$s%2$s", "");
	}
	store_close(open_store());
	run("rm -rf %s.kept%s", "");
}

static void test_no_room(void **state)
{
	struct rlimit old, limit = { 20000, RLIM_INFINITY };
	struct store *s = open_store();
	bool done = true;
	append(s, 0, 100);
	good(store_seal(s, err, sizeof(err)));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 100; done && i < 5000; i++) {
		char line[64];
		int len = snprintf(line, sizeof(line), "{\"n\":%d}", i);
		done = store_append(s, line, (size_t)len, err, sizeof(err)) &&
		       (i % 50 != 0 || store_sync(s, err, sizeof(err)));
	}
	setrlimit(RLIMIT_FSIZE, &old);
	assert_false(done);
	store_close(s);
	s = open_store();
	uint64_t size = store_size(s);
	assert_in_range(size, 101, 2500);
	append(s, size, size + 10);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(size + 10, size + 10);
}

static void test_erase(void **state)
{
	static const uint64_t first[] = { 0, 5, 299 }, all[] = { 5, 6, 65535, 65540 };
	struct store *s = open_store();
	append(s, 0, 310);
	good(store_seal(s, err, sizeof(err)));
	good(store_erase(s, first, 3, err, sizeof(err)));
	append(s, 310, 311);
	good(store_seal(s, err, sizeof(err)));
	whole(311, 311);
	append(s, 311, 65600);
	assert_false(store_erase(s, all, 4, err, sizeof(err)));
	assert_non_null(strstr(err, "not sealed"));
	store_close(s);
	s = open_store();
	append(s, store_size(s), 65600);
	good(store_seal(s, err, sizeof(err)));
	good(store_erase(s, all, 4, err, sizeof(err)));
	append(s, 65600, 65601);
	good(store_seal(s, err, sizeof(err)));
	store_close(s);
	whole(65601, 65601);
	store_close(open_store());
	run("test $(grep -ch erased %s/entries/000000000000.jsonl) = 5%s", "");
	run("test $(grep -ch erased %s/entries/000000065536.jsonl) = 1%s", "");
	run("! grep -q '\"n\":65540}' %s/entries/000000065536.jsonl%s", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_grows, begin, end),
		cmocka_unit_test_setup_teardown(test_full_file, begin, end),
		cmocka_unit_test_setup_teardown(test_torn_tails, begin, end),
		cmocka_unit_test_setup_teardown(test_unsynced_goes, begin, end),
		cmocka_unit_test_setup_teardown(test_damaged_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_no_room, begin, end),
		cmocka_unit_test_setup_teardown(test_erase, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
