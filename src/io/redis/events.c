/* events.c - hiredis on libevent; see events.h. */
#include "io/redis/events.h"

#include "io/host/mem.h"

#include <event2/event.h>
#include <hiredis/async.h>
#include <stdbool.h>
#include <stdlib.h>

struct adapter {
	redisAsyncContext *ac;
	struct event *read, *write;
	bool reading;
};

static void adapter_on_read(evutil_socket_t fd, short what, void *arg)
{
	redisAsyncHandleRead(((struct adapter *)arg)->ac);
}

static void adapter_on_write(evutil_socket_t fd, short what, void *arg)
{
	redisAsyncHandleWrite(((struct adapter *)arg)->ac);
}

static void adapter_add_read(void *arg)
{
	struct adapter *adapter = arg;

	if (!adapter->reading)
		adapter->reading = event_add(adapter->read, NULL) == 0;
}

static void adapter_del_read(void *arg)
{
	struct adapter *adapter = arg;

	event_del(adapter->read);
	adapter->reading = false;
}

static void adapter_add_write(void *arg)
{
	event_add(((struct adapter *)arg)->write, NULL);
}

static void adapter_del_write(void *arg)
{
	event_del(((struct adapter *)arg)->write);
}

static void adapter_cleanup(void *arg)
{
	struct adapter *adapter = arg;

	event_free(adapter->read);
	event_free(adapter->write);
	free(adapter);
}

void redis_events_attach(redisAsyncContext *ac, struct event_base *base)
{
	struct adapter *adapter = mem_zero(sizeof(*adapter));

	adapter->ac = ac;
	adapter->read = event_new(base, ac->c.fd, EV_READ | EV_PERSIST, adapter_on_read, adapter);
	adapter->write = event_new(base, ac->c.fd, EV_WRITE, adapter_on_write, adapter);
	ac->ev.data = adapter;
	ac->ev.addRead = adapter_add_read;
	ac->ev.delRead = adapter_del_read;
	ac->ev.addWrite = adapter_add_write;
	ac->ev.delWrite = adapter_del_write;
	ac->ev.cleanup = adapter_cleanup;
}
