package secret_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const latest = "projects/demo/secrets/gupshup-key/versions/latest"

// server is Secret Manager in this process.
type server struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer

	mu     sync.Mutex
	values map[string]string
	err    error
	create error // of every CreateSecret
	add    error // of every AddSecretVersion
	damage bool
	calls  int
	hold   chan struct{} // if set, an access waits for it to close
	begun  chan struct{}
	addr   string
}

func (s *server) AccessSecretVersion(_ context.Context, r *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	s.mu.Lock()
	s.calls++
	value, ok := s.values[r.GetName()]
	err, damage, hold := s.err, s.damage, s.hold
	s.mu.Unlock()
	if hold != nil {
		s.begun <- struct{}{}
		<-hold
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, status.Error(codes.NotFound, "no such secret")
	}
	sum := int64(crc32.Checksum([]byte(value), crc32.MakeTable(crc32.Castagnoli)))
	if damage {
		value += "x"
	}
	return &secretmanagerpb.AccessSecretVersionResponse{
		Name: r.GetName(), Payload: &secretmanagerpb.SecretPayload{Data: []byte(value), DataCrc32C: &sum},
	}, nil
}

func (s *server) CreateSecret(context.Context, *secretmanagerpb.CreateSecretRequest) (*secretmanagerpb.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, s.create
}

func (s *server) AddSecretVersion(_ context.Context, r *secretmanagerpb.AddSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.add != nil {
		return nil, s.add
	}
	s.values[latest] = string(r.GetPayload().GetData())
	return &secretmanagerpb.SecretVersion{Name: r.GetParent() + "/versions/2"}, nil
}

func (s *server) set(f func(s *server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func newStore(t *testing.T) (*secret.Store, *server, *clock.Manual) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{values: map[string]string{latest: "one"}, begun: make(chan struct{}, 100), addr: listener.Addr().String()}
	srv := grpc.NewServer()
	secretmanagerpb.RegisterSecretManagerServiceServer(srv, s)
	go func() { _ = srv.Serve(listener) }()
	t.Cleanup(srv.Stop)
	c := clock.NewManual(start)
	return open(t, s, c, 30*time.Second), s, c
}

// open makes a store of the server's secrets.
func open(t *testing.T, s *server, c clock.Clock, timeout time.Duration) *secret.Store {
	t.Helper()
	store := secret.New(secret.Options{
		Config:    secret.Config{EmulatorHost: s.addr},
		ProjectID: "demo",
		TTL:       time.Minute,
		StaleFor:  5 * time.Minute,
		Timeout:   timeout,
		Clock:     c,
	})
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

// expect accesses the secret and checks its value and how many calls the server has had.
func expect(t *testing.T, store *secret.Store, s *server, value string, calls int) {
	t.Helper()
	got, err := store.Access(t.Context(), "gupshup-key")
	if err != nil || got.Reveal() != value {
		t.Errorf("got %q, %v, want %q", got.Reveal(), err, value)
	}
	if n := s.count(); n != calls {
		t.Errorf("got %d calls, want %d", n, calls)
	}
}

func TestAccessCachesForItsTime(t *testing.T) {
	t.Parallel()
	store, s, c := newStore(t)
	expect(t, store, s, "one", 1)
	s.set(func(s *server) { s.values[latest] = "two" })
	c.Advance(time.Minute - time.Nanosecond)
	expect(t, store, s, "one", 1)
	c.Advance(time.Nanosecond)
	expect(t, store, s, "two", 2)
}

func TestForgetReadsAnew(t *testing.T) {
	t.Parallel()
	store, s, _ := newStore(t)
	expect(t, store, s, "one", 1)
	s.set(func(s *server) { s.values[latest] = "two" })
	store.Forget("gupshup-key")
	expect(t, store, s, "two", 2)
}

func TestFullNameIsAnotherVersion(t *testing.T) {
	t.Parallel()
	store, s, _ := newStore(t)
	const third = "projects/other/secrets/gupshup-key/versions/3"
	s.set(func(s *server) { s.values[third] = "three" })
	got, err := store.Access(t.Context(), third)
	if err != nil || got.Reveal() != "three" {
		t.Errorf("got %q, %v, want three", got.Reveal(), err)
	}
}

func TestStaleValueServesThroughAnOutage(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]func(*server){
		"refused": func(s *server) { s.err = status.Error(codes.PermissionDenied, "x") },
		"down":    func(s *server) { s.err = status.Error(codes.Internal, "x") },
		"damaged": func(s *server) { s.damage = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, s, c := newStore(t)
			expect(t, store, s, "one", 1)
			s.set(outage)
			c.Advance(time.Minute)
			expect(t, store, s, "one", 2)
			expect(t, store, s, "one", 2) // a failed refresh rests
			c.Advance(5 * time.Second)
			expect(t, store, s, "one", 3)
			s.set(func(s *server) { s.err, s.damage, s.values[latest] = nil, false, "two" })
			c.Advance(5 * time.Second)
			expect(t, store, s, "two", 4)
		})
	}
}

func TestStaleValueEnds(t *testing.T) {
	t.Parallel()
	store, s, c := newStore(t)
	expect(t, store, s, "one", 1)
	s.set(func(s *server) { s.err = status.Error(codes.Internal, "x") })
	c.Advance(6*time.Minute - time.Nanosecond)
	expect(t, store, s, "one", 2)
	c.Advance(time.Nanosecond)
	if got, err := store.Access(t.Context(), "gupshup-key"); err == nil {
		t.Errorf("got %q past its time, want an error", got.Reveal())
	}
}

func TestRevokedVersionEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.NotFound, codes.FailedPrecondition} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			store, s, c := newStore(t)
			expect(t, store, s, "one", 1)
			s.set(func(s *server) { s.err = status.Error(code, "disabled") })
			c.Advance(time.Minute)
			if _, err := store.Access(t.Context(), "gupshup-key"); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v, want not_found", err)
			}
			s.set(func(s *server) { s.err = status.Error(codes.Internal, "x") })
			if _, err := store.Access(t.Context(), "gupshup-key"); err == nil {
				t.Error("the revoked value serves on")
			}
		})
	}
}

func TestAccessErrors(t *testing.T) {
	t.Parallel()
	store, s, c := newStore(t)
	if _, err := store.Access(t.Context(), "no-such"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not_found", err)
	}
	calls := s.count()
	for _, name := range []string{"", "a/b", "../x", "projects/p/secrets/s", "projects/p/secrets/s/versions/new", strings.Repeat("a", 256), "a b"} {
		if _, err := store.Access(t.Context(), name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v, want invalid", name, err)
		}
	}
	if n := s.count(); n != calls {
		t.Errorf("bad names made %d calls", n-calls)
	}
	s.set(func(s *server) { s.err = status.Error(codes.Unavailable, "x") })
	if _, err := open(t, s, c, 300*time.Millisecond).Access(t.Context(), "gupshup-key"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v (%v), want unavailable after the timeout", err, fault.KindOf(err))
	}
}

func TestConcurrentCallersShareOneCall(t *testing.T) {
	t.Parallel()
	store, s, _ := newStore(t)
	hold := make(chan struct{})
	s.set(func(s *server) { s.hold = hold })
	impatient, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := store.Access(impatient, "gupshup-key")
		first <- err
	}()
	<-s.begun
	var callers sync.WaitGroup
	errs := make(chan error, 20)
	for range cap(errs) {
		callers.Go(func() {
			got, err := store.Access(t.Context(), "gupshup-key")
			if err == nil && got.Reveal() != "one" {
				err = fmt.Errorf("got %q, want one", got.Reveal())
			}
			errs <- err
		})
	}
	cancel() // the one whose call it is leaves; the others must not notice
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first caller: got %v, want canceled", err)
	}
	close(hold)
	callers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := s.count(); n != 1 {
		t.Errorf("got %d calls, want 1", n)
	}
}

// TestAddNeedsNoRightToCreate holds that who may add versions only writes one to a secret that there is. What adding says counts.
func TestAddNeedsNoRightToCreate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		create, add codes.Code
		want        string // which call's error comes
	}{
		"there":           {codes.AlreadyExists, codes.OK, ""},
		"may_not_create":  {codes.PermissionDenied, codes.OK, ""},
		"is_not_there":    {codes.PermissionDenied, codes.NotFound, "of add"},
		"may_do_neither":  {codes.PermissionDenied, codes.PermissionDenied, "of add"},
		"cannot_be_asked": {codes.InvalidArgument, codes.OK, "of create"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, s, _ := newStore(t)
			s.set(func(s *server) {
				s.create = status.Error(tt.create, "of create")
				s.add = status.Error(tt.add, "of add") // nil for OK
			})
			version, err := store.Add(t.Context(), "gupshup-key", config.NewSecret("new"))
			if tt.want == "" {
				if err != nil || version != "2" {
					t.Errorf("got %q, %v, want version 2", version, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want the error %s", err, tt.want)
			}
		})
	}
}
