/* given.c - lines that the writer has; see given.h. */
#include "daemon/proof/given.h"

#include "daemon/proof/lines.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

void given_put(struct tail *t, struct line *out, struct tail_mark *marks, size_t count, int64_t since_ms)
{
	lines_must_be_whole(out);
	t->batches = mem_grow(t->batches, &t->batch_capacity, t->batch_count, sizeof(*t->batches));
	t->batches[t->batch_count++] = (struct tail_batch){ ++t->batch_number, since_ms, count, marks };
	writer_put(t->writer, out->bytes, out->len, t->batch_number);
	*out = (struct line){ 0 };
}

void given_forget(struct tail *t, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(t->batches[i].marks);
	t->batch_count -= count;
	if (t->batch_count > 0)
		memmove(t->batches, t->batches + count, t->batch_count * sizeof(*t->batches));
}
