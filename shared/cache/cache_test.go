package cache_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

var (
	errGone = errors.New("gone")
	errDown = errors.New("down")
)

// source counts its loads and fails on demand.
type source struct {
	loads atomic.Int64
	mu    sync.Mutex
	err   error
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *source) load(_ context.Context, key string) (string, error) {
	n := s.loads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return "", s.err
	}
	return key + strconv.FormatInt(n, 10), nil
}

func options(c clock.Clock) cache.Options {
	return cache.Options{
		Clock: c, TTL: 30 * time.Second, Stale: time.Minute, Max: 3,
		Final: func(err error) bool { return errors.Is(err, errGone) },
	}
}

func get(t *testing.T, c *cache.Cache[string, string], key, want string, wantErr error) {
	t.Helper()
	got, err := c.Get(t.Context(), key)
	if got != want || !errors.Is(err, wantErr) {
		t.Errorf("Get(%s): got %q, %v, want %q, %v", key, got, err, want, wantErr)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	s := &source{}
	c := cache.New(options(now), s.load)
	get(t, c, "a", "a1", nil)
	now.Advance(30*time.Second - 1)
	get(t, c, "a", "a1", nil)
	now.Advance(1)
	get(t, c, "a", "a2", nil)
	get(t, c, "b", "b3", nil)
}

func TestStale(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		err     error
		age     time.Duration
		want    string
		wantErr error
	}{
		{"fresh", errDown, 29 * time.Second, "a1", nil},
		{"failing source", errDown, 30 * time.Second, "a1", nil},
		{"failing for long", errDown, 90*time.Second - 1, "a1", nil},
		{"failing for too long", errDown, 90 * time.Second, "", errDown},
		{"the source's last word", errGone, 30 * time.Second, "", errGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewManual(time.Unix(0, 0))
			s := &source{}
			c := cache.New(options(now), s.load)
			get(t, c, "a", "a1", nil)
			s.fail(tt.err)
			now.Advance(tt.age)
			get(t, c, "a", tt.want, tt.wantErr)
			s.fail(nil)
			now.Advance(90 * time.Second)
			if got, err := c.Get(t.Context(), "a"); err != nil || got == "a1" {
				t.Errorf("after recovery: got %q, %v, want a new value", got, err)
			}
		})
	}
	t.Run("errors are not kept", func(t *testing.T) {
		t.Parallel()
		s := &source{}
		s.fail(errDown)
		c := cache.New(options(clock.NewManual(time.Unix(0, 0))), s.load)
		get(t, c, "a", "", errDown)
		s.fail(nil)
		get(t, c, "a", "a2", nil)
	})
}

func TestBound(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	s := &source{}
	c := cache.New(options(now), s.load)
	for i, key := range []string{"a", "b", "c"} {
		get(t, c, key, key+strconv.Itoa(i+1), nil)
	}
	now.Advance(30 * time.Second)
	get(t, c, "a", "a4", nil) // renewing a known key makes no room
	now.Advance(-time.Second)
	get(t, c, "b", "b2", nil)
	get(t, c, "d", "d5", nil) // a new one does
	get(t, c, "b", "b6", nil)
}

// gate is a source whose loads wait until they are let go.
type gate struct {
	begun chan context.Context
	free  chan string
}

func newGate() *gate { return &gate{begun: make(chan context.Context, 8), free: make(chan string)} }

func (g *gate) load(ctx context.Context, _ string) (string, error) {
	g.begun <- ctx
	select {
	case v := <-g.free:
		return v, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

type result struct {
	value string
	err   error
}

func begin(ctx context.Context, c *cache.Cache[string, string]) chan result {
	out := make(chan result, 1)
	go func() {
		v, err := c.Get(ctx, "a")
		out <- result{v, err}
	}()
	return out
}

// TestCancelledCaller leaves at once, and takes nobody along, although it was the one who began to load.
func TestCancelledCaller(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := cache.New(options(clock.NewManual(time.Unix(0, 0))), g.load)
	first, cancel := context.WithCancel(t.Context())
	one := begin(first, c)
	<-g.begun
	two := begin(t.Context(), c)
	cancel()
	if r := <-one; !errors.Is(r.err, context.Canceled) {
		t.Errorf("cancelled caller: got %v, want %v", r.err, context.Canceled)
	}
	g.free <- "v"
	if r := <-two; r.err != nil || r.value != "v" {
		t.Errorf("other caller: got %q, %v, want v", r.value, r.err)
	}
	get(t, c, "a", "v", nil)
}

// TestForgetDuringLoad keeps nothing that may be what was to be forgotten.
func TestForgetDuringLoad(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := cache.New(options(clock.NewManual(time.Unix(0, 0))), g.load)
	old := begin(t.Context(), c)
	<-g.begun
	c.Forget("a")
	fresh := begin(t.Context(), c)
	<-g.begun // it loads by itself
	g.free <- "x"
	g.free <- "x"
	<-old
	if r := <-fresh; r.err != nil {
		t.Fatal(r.err)
	}
	c.Forget("a")
	again := begin(t.Context(), c)
	<-g.begun
	g.free <- "new"
	if r := <-again; r.value != "new" {
		t.Errorf("after Forget: got %q, %v, want new", r.value, r.err)
	}
}

// TestTimeout ends a load that its request no longer ends.
func TestTimeout(t *testing.T) {
	t.Parallel()
	g := newGate()
	o := options(clock.NewManual(time.Unix(0, 0)))
	o.Timeout = time.Millisecond
	c := cache.New(o, g.load)
	if _, err := c.Get(t.Context(), "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

// TestOneLoad has many callers at the same time share one load, and is a race detector's food.
func TestOneLoad(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := cache.New(options(clock.NewManual(time.Unix(0, 0))), g.load)
	first := begin(t.Context(), c)
	<-g.begun
	var all []chan result
	for range 20 {
		all = append(all, begin(t.Context(), c))
	}
	g.free <- "v"
	for _, r := range append(all, first) {
		if got := <-r; got.value != "v" || got.err != nil {
			t.Fatalf("got %q, %v, want v", got.value, got.err)
		}
	}
	if n := len(g.begun); n != 0 {
		t.Errorf("got %d more loads, want none", n)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	s := &source{}
	c := cache.New(options(now), s.load)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				key := strconv.Itoa((i + n) % 5)
				if got, err := c.Get(t.Context(), key); err != nil || got[:1] != key {
					t.Errorf("Get(%s): got %q, %v", key, got, err)
				}
				switch n % 50 {
				case 10:
					c.Forget(key)
				case 20:
					now.Advance(31 * time.Second)
				}
			}
		})
	}
	wg.Wait()
}

// TestRest leaves a failing source alone for a while, but not beyond the time for which a stale value is served.
func TestRest(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	s := &source{}
	o := options(now)
	o.Rest = 50 * time.Second
	c := cache.New(o, s.load)
	get(t, c, "a", "a1", nil)
	s.fail(errDown)

	steps := []struct {
		name    string
		after   time.Duration
		want    string
		wantErr error
		loads   int64
	}{
		{"first_failure", 30 * time.Second, "a1", nil, 2},
		{"rests", 50*time.Second - 1, "a1", nil, 2},
		{"asked_again", 1, "a1", nil, 3},
		{"too_old_to_rest", 10 * time.Second, "", errDown, 4},
	}
	for _, step := range steps {
		now.Advance(step.after)
		get(t, c, "a", step.want, step.wantErr)
		if n := s.loads.Load(); n != step.loads {
			t.Errorf("%s: got %d loads, want %d", step.name, n, step.loads)
		}
	}
}

// TestFinalAnswerRemovesTheValue serves nothing stale in an outage that follows the source's answer.
func TestFinalAnswerRemovesTheValue(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Unix(0, 0))
	s := &source{}
	c := cache.New(options(now), s.load)
	get(t, c, "a", "a1", nil)
	now.Advance(30 * time.Second)
	s.fail(errGone)
	get(t, c, "a", "", errGone)
	s.fail(errDown)
	get(t, c, "a", "", errDown)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s := &source{}
	c := cache.New(cache.Options{TTL: time.Hour}, s.load)
	for i := range 10 {
		get(t, c, strconv.Itoa(i), strconv.Itoa(i)+strconv.Itoa(i+1), nil)
	}
	get(t, c, "0", "01", nil) // no limit of entries
	s.fail(errDown)
	get(t, c, "other", "", errDown)
}

// TestStructKeys holds that keys whose texts would run together when joined are different entries and different loads.
func TestStructKeys(t *testing.T) {
	t.Parallel()
	type pair struct{ a, b string }
	c := cache.New(options(clock.NewManual(time.Unix(0, 0))), func(_ context.Context, k pair) (string, error) {
		return k.a + "|" + k.b, nil
	})

	for _, k := range []pair{{"x y", "z"}, {"x", "y z"}, {"x", "y z"}} {
		got, err := c.Get(t.Context(), k)
		if want := k.a + "|" + k.b; err != nil || got != want {
			t.Errorf("%+v: got %q, %v, want %q", k, got, err, want)
		}
	}
}

// slowKey is a key whose name takes time: late runs between a caller's look into the cache and its load.
type slowKey struct{ late *func() }

func (k slowKey) GoString() string {
	if late := *k.late; late != nil {
		*k.late = nil
		late()
	}

	return "slow"
}

func TestLoadThatEndsBetweenLookAndLoadIsNotRepeated(t *testing.T) {
	t.Parallel()

	loads := 0
	c := cache.New(cache.Options{Clock: clock.NewManual(time.Unix(0, 0)), TTL: time.Minute}, func(context.Context, slowKey) (int, error) {
		loads++
		return loads, nil
	})

	key := slowKey{late: new(func())}
	*key.late = func() { _, _ = c.Get(t.Context(), key) }
	if got, err := c.Get(t.Context(), key); got != 1 || err != nil {
		t.Errorf("got %d, %v, want the value of the one load", got, err)
	}
	if loads != 1 {
		t.Errorf("got %d loads, want 1", loads)
	}
}

// TestPutIsServed holds that a value put is served as one that was loaded, and that an older load does not replace it.
func TestPutIsServed(t *testing.T) {
	t.Parallel()
	clk := clock.NewManual(time.Unix(1_800_000_000, 0))
	var c *cache.Cache[string, int]
	loads := 0
	c = cache.New(cache.Options{Clock: clk, TTL: time.Minute}, func(_ context.Context, key string) (int, error) {
		loads++
		clk.Advance(time.Second)
		if key == "meanwhile" {
			c.Put(key, 7)
		}
		return 1, nil
	})
	c.Put("put", 5)
	if _, err := c.Get(t.Context(), "meanwhile"); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{"put": 5, "meanwhile": 7} {
		if got, err := c.Get(t.Context(), key); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", key, got, err, want)
		}
	}
	if loads != 1 {
		t.Errorf("%d loads, want 1", loads)
	}
	clk.Advance(time.Minute)
	if got, err := c.Get(t.Context(), "put"); err != nil || got != 1 {
		t.Errorf("a minute later: got %d, %v, want a load", got, err)
	}
}
