/* views.c - see views.h. */
#include "daemon/model/views.h"

#include "core/law/binding.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

struct hours_views {
	struct hours_views *next;
	struct place_views views;
	struct week own; /* what views.own points to, where it is not NULL */
	size_t users;
};

static bool same_hours(const struct week *a, const struct week *b)
{
	return a == NULL || b == NULL ? a == b : memcmp(a, b, sizeof(*a)) == 0;
}

struct place_views *views_take(struct daemon *d, const struct week *own)
{
	struct hours_views *h = d->hours_views;
	while (h != NULL && !same_hours(h->views.own, own))
		h = h->next;
	if (h == NULL) {
		h = mem_zero(sizeof(*h));
		if (own != NULL)
			h->own = *own;
		place_views_init(&h->views, d->rb, own != NULL ? &h->own : NULL);
		h->next = d->hours_views;
		d->hours_views = h;
	}
	h->users++;
	return &h->views;
}

void views_give(struct daemon *d, struct place_views *views)
{
	for (struct hours_views **at = &d->hours_views; *at != NULL; at = &(*at)->next) {
		struct hours_views *h = *at;
		if (&h->views != views)
			continue;
		if (--h->users == 0) {
			*at = h->next;
			free(h);
		}
		return;
	}
}

void views_renew(struct daemon *d)
{
	for (struct hours_views *h = d->hours_views; h != NULL; h = h->next)
		place_views_init(&h->views, d->rb, h->views.own);
}
