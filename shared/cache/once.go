package cache

import (
	"context"
	"math"
)

// Once loads a value once and keeps it. Concurrent callers share one load; after a failure the next caller loads again. It
// is safe for concurrent use.
type Once[V any] struct{ cache *Cache[struct{}, V] }

// NewOnce returns a Once over load, which limits its own time. It makes no call.
func NewOnce[V any](load func(context.Context) (V, error)) *Once[V] {
	return &Once[V]{cache: New(Options{TTL: math.MaxInt64}, func(ctx context.Context, _ struct{}) (V, error) { return load(ctx) })}
}

// Get returns the value. It waits no longer than ctx allows; the load goes on for the others.
func (o *Once[V]) Get(ctx context.Context) (V, error) { return o.cache.Get(ctx, struct{}{}) }
