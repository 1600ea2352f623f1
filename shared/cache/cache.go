// Package cache keeps what is read often and changes rarely in the instance: settings, tokens, templates. An entry lives
// for a time, is loaded once however many ask at the same time, and serves a while longer when loading fails.
package cache

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// Options of a Cache.
type Options struct {
	Clock clock.Clock
	// TTL is how long an entry is served without a look at its source.
	TTL time.Duration
	// Stale is how much longer it is served while the source fails.
	Stale time.Duration
	// Max is the number of entries beyond which the cache starts afresh.
	Max int
	// Final tells of an error that it is the source's answer and no failure, so that nothing stale is served for it.
	Final func(error) bool
}

// Cache holds values by key. It is safe for concurrent use.
type Cache[V any] struct {
	opts Options
	load func(context.Context, string) (V, error)
	once singleflight.Group

	mu      sync.RWMutex
	entries map[string]entry[V]
}

type entry[V any] struct {
	value  V
	loaded time.Time
}

// New returns an empty cache over load.
func New[V any](opts Options, load func(ctx context.Context, key string) (V, error)) *Cache[V] {
	return &Cache[V]{opts: opts, load: load, entries: map[string]entry[V]{}}
}

// Get returns the value of key, loading it when the cache has none that is fresh. Errors are load's and are not cached.
func (c *Cache[V]) Get(ctx context.Context, key string) (V, error) {
	now := c.opts.Clock.Now()
	c.mu.RLock()
	e, ok := c.entries[key]
	c.mu.RUnlock()
	if ok && now.Sub(e.loaded) < c.opts.TTL {
		return e.value, nil
	}
	// The caller who loads must not take the others along when its request ends.
	loaded, err, _ := c.once.Do(key, func() (any, error) { return c.load(context.WithoutCancel(ctx), key) })
	if err != nil {
		if ok && now.Sub(e.loaded) < c.opts.TTL+c.opts.Stale && !c.opts.Final(err) {
			return e.value, nil
		}
		var none V
		return none, err
	}
	value, _ := loaded.(V)
	c.keep(key, entry[V]{value: value, loaded: now})
	return value, nil
}

// Forget drops the entry of key, so that the next Get loads it.
func (c *Cache[V]) Forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, key)
}

func (c *Cache[V]) keep(key string, e entry[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= c.opts.Max {
		clear(c.entries)
	}
	c.entries[key] = e
}
