/* json_pool.c - see json_pool.h. One thread; what was freed is used again, and nothing
 * goes back to the system: the most that was ever needed is a batch or two. */
#include "io/host/json_pool.h"

#include "io/host/mem.h"

#include <stdlib.h>

#define STEP 16     /* sizes are multiples of it; also the size of the header */
#define CLASSES 32  /* larger ones are the system's */
#define CHUNK 65536 /* taken from the system at once */

union header {
	size_t size_class; /* 0: the system's */
	union header *next;
	char room[STEP];
};

static union header *free_lists[CLASSES + 1];
static char *chunk_at, *chunk_end;

static void *pool_alloc(size_t size)
{
	size_t size_class = (size + 2 * STEP - 1) / STEP; /* header included */
	union header *h;
	if (size_class > CLASSES) {
		h = mem_alloc(size + STEP);
		h->size_class = 0;
		return h + 1;
	}
	h = free_lists[size_class];
	if (h != NULL) {
		free_lists[size_class] = h[1].next;
		return h + 1;
	}
	if (chunk_end - chunk_at < (ptrdiff_t)(size_class * STEP)) {
		chunk_at = mem_zero(CHUNK);
		chunk_end = chunk_at + CHUNK;
	}
	h = (union header *)(void *)chunk_at;
	chunk_at += size_class * STEP;
	h->size_class = size_class;
	return h + 1;
}

static void pool_free(void *p)
{
	if (p == NULL)
		return;
	union header *h = (union header *)p - 1;
	if (h->size_class == 0) {
		free(h);
		return;
	}
	h[1].next = free_lists[h->size_class];
	free_lists[h->size_class] = h;
}

void json_pool_use(void)
{
	json_set_alloc_funcs(pool_alloc, pool_free);
}

char *json_pool_text(const json_t *value, size_t flags)
{
	json_free_t json_free_text;
	char *text = json_dumps(value, flags), *copy = mem_copy(text);
	json_get_alloc_funcs(NULL, &json_free_text);
	json_free_text(text);
	return copy;
}
