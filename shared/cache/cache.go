// Package cache keeps in memory what is read often and changes rarely: settings, tokens, templates, secrets.
//
// A [Cache] serves a value for a time without asking its source. Concurrent callers of one key share one load. When the
// source fails, the last value is served for a while longer.
package cache

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Options of a Cache.
type Options struct {
	// Clock ages the entries; nil means the machine's.
	Clock clock.Clock
	// TTL is how long an entry is served without asking the source.
	TTL time.Duration
	// Stale is how much longer it is served while the source fails.
	Stale time.Duration
	// Rest is how long the source is not asked again after a failure while a stale entry is served, so that an outage
	// does not cost every request the source's timeout; 0 asks at every request.
	Rest time.Duration
	// Timeout limits one load, which does not end with the request that began it; 0 means no limit.
	Timeout time.Duration
	// Max is the number of entries beyond which the cache is emptied; 0 means no limit.
	Max int
	// Final reports whether an error is the source's answer, such as "not found", and no failure. Such an answer removes
	// the entry: nothing stale is served after it. Nil means that no error is.
	Final func(error) bool
}

// Cache holds values by key: a text, or a struct of several. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	opts Options
	load func(context.Context, K) (V, error)
	once singleflight.Group

	mu      sync.RWMutex
	entries map[K]entry[V]
	// forgets counts the calls of Forget. The result of a load that began before one is not kept.
	forgets int
}

type entry[V any] struct {
	value   V
	loaded  time.Time
	retryAt time.Time // the source is not asked before; zero unless a load has failed since loaded
}

// New returns an empty cache over load.
func New[K comparable, V any](opts Options, load func(ctx context.Context, key K) (V, error)) *Cache[K, V] {
	if opts.Clock == nil {
		opts.Clock = clock.Real{}
	}
	if opts.Final == nil {
		opts.Final = func(error) bool { return false }
	}

	return &Cache[K, V]{opts: opts, load: load, entries: map[K]entry[V]{}}
}

// Get returns the value of key, loading it when the cache has none that is fresh. Errors are load's, or ctx's when that
// ends first, and are not cached.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	now := c.opts.Clock.Now()
	e, found := c.entry(key)
	usable := found && now.Sub(e.loaded) < c.opts.TTL+c.opts.Stale
	if found && now.Sub(e.loaded) < c.opts.TTL || usable && now.Before(e.retryAt) {
		return e.value, nil
	}

	// The load is detached from ctx: the others who wait for it must not fail when the request that began it ends.
	shared := c.once.DoChan(flightOf(key), func() (any, error) { return c.fetch(context.WithoutCancel(ctx), key) })

	var none V
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case r := <-shared:
		if r.Err == nil {
			value, _ := r.Val.(V)
			return value, nil
		}
		if usable && !c.opts.Final(r.Err) {
			return e.value, nil
		}

		return none, r.Err
	}
}

func (c *Cache[K, V]) entry(key K) (entry[V], bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()

	e, found := c.entries[key]
	return e, found
}

// fetch loads the value of key and keeps it. A load that ended between the caller's look and this one is not repeated.
func (c *Cache[K, V]) fetch(ctx context.Context, key K) (V, error) {
	began := c.opts.Clock.Now()
	c.mu.RLock()
	forgets := c.forgets
	e, found := c.entries[key]
	c.mu.RUnlock()

	if found && began.Sub(e.loaded) < c.opts.TTL {
		return e.value, nil
	}

	if c.opts.Timeout > 0 {
		var cancel context.CancelFunc

		ctx, cancel = context.WithTimeout(ctx, c.opts.Timeout)
		defer cancel()
	}

	value, err := c.load(ctx, key)

	c.mu.Lock()
	defer c.mu.Unlock()

	switch {
	case forgets != c.forgets:
	case err != nil:
		c.fail(key, err, began)
	case c.entries[key].loaded.After(began): // Put had a later one
	default:
		c.keep(key, entry[V]{value: value, loaded: began})
	}

	return value, err
}

// Put keeps a value that the caller has just read from the source by another way.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.keep(key, entry[V]{value: value, loaded: c.opts.Clock.Now()})
}

// keep stores an entry. The caller holds the lock.
func (c *Cache[K, V]) keep(key K, e entry[V]) {
	if _, known := c.entries[key]; !known && c.opts.Max > 0 && len(c.entries) >= c.opts.Max {
		clear(c.entries)
	}

	c.entries[key] = e
}

// fail removes an entry whose source has given a final answer, and lets the source of any other rest. The caller holds
// the lock.
func (c *Cache[K, V]) fail(key K, err error, at time.Time) {
	e, found := c.entries[key]
	switch {
	case !found:
	case c.opts.Final(err):
		delete(c.entries, key)
	default:
		e.retryAt = at.Add(c.opts.Rest)
		c.entries[key] = e
	}
}

// Forget removes the entry of key, so that the next Get loads it.
func (c *Cache[K, V]) Forget(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgets++
	delete(c.entries, key)
	c.once.Forget(flightOf(key))
}

// flightOf names the load of a key. Go syntax quotes every text of a struct, so that two keys never have the same name.
func flightOf[K comparable](key K) string {
	if text, ok := any(key).(string); ok {
		return text
	}
	return fmt.Sprintf("%#v", key)
}
