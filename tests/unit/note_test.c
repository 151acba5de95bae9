#include "core/proof/note.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

/* The example of the signed-note format: its key and its note. */
#define PUBLIC "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PRIVATE "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define TEXT \
	"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
#define SIGNATURE \
	"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static void test_example(void **state)
{
	struct note_verifier v;
	struct note_signer s;
	char text[NOTE_KEY_TEXT], note[NOTE_MAX];
	size_t len = 0;
	assert_true(note_verifier_parse(PUBLIC, &v));
	assert_string_equal(v.name, "PeterNeumann");
	assert_string_equal(note_verifier_text(&v, text), PUBLIC);
	assert_true(note_signer_parse(PRIVATE "\n", &s));
	assert_memory_equal(&s.verifier, &v, sizeof(v));
	assert_string_equal(note_signer_text(&s, text), PRIVATE);
	size_t n = note_sign(&s, TEXT, note, sizeof(note));
	assert_int_equal(n, strlen(note));
	assert_string_equal(note, TEXT "\n" SIGNATURE);
	assert_int_equal(note_open(note, n, &v, 1, &len), 0);
	assert_int_equal(len, strlen(TEXT));
	assert_int_equal(note_sign(&s, TEXT, note, 100), 0);
}

/* Whatever byte of it is changed, the note is refused. */
static void test_every_byte(void **state)
{
	struct note_verifier v;
	char note[] = TEXT "\n" SIGNATURE;
	size_t len, n = strlen(note);
	assert_true(note_verifier_parse(PUBLIC, &v));
	assert_int_equal(note_open(note, n, &v, 1, &len), 0);
	for (size_t i = 0; i < n; i++)
		for (int bit = 0; bit < 8; bit++) {
			note[i] = (char)(note[i] ^ (1 << bit));
			assert_int_equal(note_open(note, n, &v, 1, &len), -1);
			note[i] = (char)(note[i] ^ (1 << bit));
		}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(note_open(note, i, &v, 1, &len), -1);
}

/* Others may sign too; a signature in the name of our key must hold. */
static void test_several(void **state)
{
	struct note_verifier v[2];
	struct note_signer other;
	uint8_t seed[NOTE_KEY] = { 7 };
	char mine[NOTE_MAX], note[2 * NOTE_MAX], other_note[NOTE_MAX];
	size_t len;
	assert_true(note_verifier_parse(PUBLIC, &v[0]));
	note_signer_make("witness.example/w1", seed, &other);
	v[1] = other.verifier;
	note_sign(&other, TEXT, other_note, sizeof(other_note));
	snprintf(mine, sizeof(mine), TEXT "\n" SIGNATURE);
	snprintf(note, sizeof(note), "%s%s", mine, other_note + strlen(TEXT) + 1);
	assert_int_equal(note_open(note, strlen(note), v, 2, &len), 0);
	assert_int_equal(note_open(note, strlen(note), v, 1, &len), 0);
	assert_int_equal(note_open(note, strlen(note), v + 1, 1, &len), 1 - 1);
	note[strlen(note) - 5] = note[strlen(note) - 5] == 'A' ? 'B' : 'A';
	assert_int_equal(note_open(note, strlen(note), v, 1, &len), 0);
	assert_int_equal(note_open(note, strlen(note), v, 2, &len), -1);
	assert_int_equal(note_open(other_note, strlen(other_note), v, 1, &len), -1);
}

static void test_keys_that_are_none(void **state)
{
	static const char *const rows[] = {
		"",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA",
		"PeterNeumann+c74f20z3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a33ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+",
		"PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+AipcdBxQ8OExB6DDFvOEqqIF+xWSaqr8sMTiLNbLXRNb",
		PUBLIC " ",
		PUBLIC "\nmore",
		PRIVATE,
	};
	struct note_verifier v;
	struct note_signer s;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (note_verifier_parse(rows[i], &v))
			fail_msg("taken for a key: %s", rows[i]);
		if (i + 1 < COUNT(rows) && note_signer_parse(rows[i], &s))
			fail_msg("taken for a private key: %s", rows[i]);
	}
	assert_false(note_signer_parse(PUBLIC, &s));
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"",
		"a b",
		"a\tb",
		"a+b",
		"a\x7f",
		"a\xc2\xa0"
		"b",
		"a\xc2\x85"
		"b",
		"a\xe1\x9a\x80",
		"a\xe2\x80\xaf",
		"a\xe2\x81\x9f",
		"a\xe3\x80\x80",
		"a\xff",
	};
	char longest[NOTE_NAME_MAX + 2];
	for (size_t i = 0; i < COUNT(bad); i++)
		if (note_name_is_valid(bad[i]))
			fail_msg("taken for a name: row %zu", i);
	assert_true(note_name_is_valid("licet/h\xc3\xb4te-1"));
	memset(longest, 'a', sizeof(longest));
	longest[NOTE_NAME_MAX] = '\0';
	assert_true(note_name_is_valid(longest));
	longest[NOTE_NAME_MAX] = 'a';
	longest[NOTE_NAME_MAX + 1] = '\0';
	assert_false(note_name_is_valid(longest));
}

/* What stands where a signature should. */
static void test_signatures_that_are_none(void **state)
{
	static const char *const rows[] = {
		"",
		"\xe2\x80\x94 PeterNeumann\n",
		"\xe2\x80\x94  x08go/ZJkuBS\n",
		"\xe2\x80\x94 PeterNeumann x08g\n",
		"\xe2\x80\x94 PeterNeumann x08go/ZJ!uBS\n",
		"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS\n",
		"-- PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
		SIGNATURE "x\n",
		SIGNATURE "\n",
	};
	struct note_verifier v;
	char note[NOTE_MAX];
	size_t len;
	assert_true(note_verifier_parse(PUBLIC, &v));
	for (size_t i = 0; i < COUNT(rows); i++) {
		int n = snprintf(note, sizeof(note), TEXT "\n%s", rows[i]);
		if (note_open(note, (size_t)n, &v, 1, &len) != -1)
			fail_msg("taken for signed: row %zu", i);
	}
	/* More of them than anybody makes. */
	size_t at = (size_t)snprintf(note, sizeof(note), TEXT "\n" SIGNATURE);
	for (int i = 0; i < 100; i++)
		at += (size_t)snprintf(note + at, sizeof(note) - at, "\xe2\x80\x94 w AAAAAAAA\n");
	assert_int_equal(note_open(note, at, &v, 1, &len), -1);
}

static void test_checkpoint(void **state)
{
	static const char text[] =
	    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	static const char *const bad[] = {
		"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
		"example.com/behind-the-sofa\n020852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n5x\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n5:\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n5\n",
		"example.com/behind-the-sofa\n",
		"example.com/behind-the-sofa",
		"example.com/behind-the-sofa\n9999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"example.com/behind-the-sofa\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2=\n",
		"example.com/behind-the-sofa\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
		"a b\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
		"",
	};
	struct checkpoint c;
	char buf[NOTE_MAX];
	assert_true(checkpoint_parse(text, strlen(text), &c));
	assert_int_equal(c.size, 20852163);
	assert_int_equal(checkpoint_text(&c, buf), strlen(text));
	assert_string_equal(buf, text);
	static const char none[] = "example.com/l\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	assert_true(checkpoint_parse(none, strlen(none), &c));
	assert_int_equal(c.size, 0);
	snprintf(buf, sizeof(buf), "%sanother line\n", text);
	assert_true(checkpoint_parse(buf, strlen(buf), &c));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (checkpoint_parse(bad[i], strlen(bad[i]), &c))
			fail_msg("taken for a checkpoint: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_keys_that_are_none),
		cmocka_unit_test(test_checkpoint),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_signatures_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
