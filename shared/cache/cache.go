// Package cache keeps what is read often and changes rarely in the instance: settings, tokens, templates. An entry lives
// for a time, is loaded once however many ask at the same time, and serves a while longer when loading fails.
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
	Clock clock.Clock
	// TTL is how long an entry is served without a look at its source.
	TTL time.Duration
	// Stale is how much longer it is served while the source fails.
	Stale time.Duration
	// Timeout ends one load, which does not end with the request that began it; 0 is no limit.
	Timeout time.Duration
	// Max is the number of entries beyond which the cache starts afresh.
	Max int
	// Final tells of an error that it is the source's answer and no failure, so that nothing stale is served for it.
	Final func(error) bool
}

// Cache holds values by key: a text, or a struct of several. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	opts Options
	load func(context.Context, K) (V, error)
	once singleflight.Group

	mu      sync.RWMutex
	entries map[K]entry[V]
	// forgets counts the calls of Forget: what was loaded across one may be what was to be forgotten.
	forgets int
}

type entry[V any] struct {
	value  V
	loaded time.Time
}

// New returns an empty cache over load.
func New[K comparable, V any](opts Options, load func(ctx context.Context, key K) (V, error)) *Cache[K, V] {
	return &Cache[K, V]{opts: opts, load: load, entries: map[K]entry[V]{}}
}

// Get returns the value of key, loading it when the cache has none that is fresh. Errors are load's, or ctx's when that
// ends first, and are not cached.
func (c *Cache[K, V]) Get(ctx context.Context, key K) (V, error) {
	now := c.opts.Clock.Now()
	c.mu.RLock()
	e, ok := c.entries[key]
	c.mu.RUnlock()
	if ok && now.Sub(e.loaded) < c.opts.TTL {
		return e.value, nil
	}
	// The caller who loads must not take the others along when its request ends.
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
		if ok && now.Sub(e.loaded) < c.opts.TTL+c.opts.Stale && !c.opts.Final(r.Err) {
			return e.value, nil
		}
		return none, r.Err
	}
}

// fetch loads the value of key and keeps it.
func (c *Cache[K, V]) fetch(ctx context.Context, key K) (V, error) {
	began := c.opts.Clock.Now()
	c.mu.RLock()
	forgets := c.forgets
	c.mu.RUnlock()
	if c.opts.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.opts.Timeout)
		defer cancel()
	}
	value, err := c.load(ctx, key)
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if forgets != c.forgets {
		return value, nil
	}
	if _, known := c.entries[key]; !known && len(c.entries) >= c.opts.Max {
		clear(c.entries)
	}
	c.entries[key] = entry[V]{value: value, loaded: began}
	return value, nil
}

// Forget drops the entry of key, so that the next Get loads it.
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
