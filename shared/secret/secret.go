// Package secret is the only one that speaks to Secret Manager. Values are cached in the instance: uncached, a million
// sends would cost as much in secret accesses as in all their Firestore reads.
package secret

import (
	"context"
	"errors"
	"hash/crc32"
	"strings"
	"sync"
	"time"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"golang.org/x/sync/singleflight"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

// Options of a store.
type Options struct {
	// ProjectID is where secrets with a short name are.
	ProjectID string
	// EmulatorHost is the host and port of a Secret Manager without TLS and accounts; empty means Google's.
	EmulatorHost string
	// TTL is how long a value is used without asking again; 0 means 5 min.
	TTL time.Duration
	// StaleFor is how much longer a value serves while Secret Manager fails; 0 means 5 min.
	StaleFor time.Duration
	// Timeout ends one access, its retries included; 0 means 5 s.
	Timeout time.Duration
	// Clock ages the values; nil means the machine's.
	Clock clock.Clock
	// ClientOptions are for the client below.
	ClientOptions []option.ClientOption
}

// retryAfter is how long a failed refresh rests while the stale value serves, so that an outage does not put its
// timeout in front of every request.
const retryAfter = 5 * time.Second

// Store reads secrets. It connects at the first access, so that a process starts fast.
type Store struct {
	o      Options
	flight singleflight.Group

	mu    sync.Mutex
	cache map[string]entry

	// dialling guards client only: making one may wait for the machine's credentials, and who has a fresh value, or no more
	// time, must not wait with it.
	dialling sync.Mutex
	client   *secretmanager.Client
}

type entry struct {
	value   config.Secret
	fetched time.Time
	retryAt time.Time // no refresh before; zero unless one has failed
}

// New returns a store. It does not connect.
func New(o Options) *Store {
	if o.TTL <= 0 {
		o.TTL = 5 * time.Minute
	}
	if o.StaleFor <= 0 {
		o.StaleFor = 5 * time.Minute
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.EmulatorHost != "" {
		o.ClientOptions = append([]option.ClientOption{
			option.WithEndpoint(o.EmulatorHost),
			option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		}, o.ClientOptions...)
	}
	return &Store{o: o, cache: make(map[string]entry)}
}

// maxName is the most characters of a secret's name.
const maxName = 255

// shortName tells whether the text is a secret's name. It is no regular expression: one that counts to 255 takes longer to
// compile, at every start, than anything else that a function does before its first request.
func shortName(s string) bool {
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

// fullName tells whether the text is projects/P/secrets/NAME/versions/V.
func fullName(s string) bool {
	parts := strings.Split(s, "/")
	if len(parts) != 6 || parts[0] != "projects" || parts[1] == "" || parts[2] != "secrets" || parts[4] != "versions" {
		return false
	}
	version := parts[5]
	number := version != "" && strings.Trim(version, "0123456789") == ""
	return shortName(parts[3]) && (version == "latest" || number)
}

// Resource is the full name of a secret's version: a short name means the latest version in the project, and a full
// name (projects/P/secrets/NAME/versions/V) stays as it is.
func (s *Store) Resource(name string) (string, error) {
	switch {
	case shortName(name):
		return "projects/" + s.o.ProjectID + "/secrets/" + name + "/versions/latest", nil
	case fullName(name):
		return name, nil
	default:
		return "", fault.New(fault.Invalid, "secret.Access", "not a secret's name")
	}
}

// Access returns a secret's value: from the cache while it is fresh, else from Secret Manager, where concurrent callers
// share one call. If that fails for the moment, a value that is not too old serves on. NotFound means that there is no
// such secret or that its version is disabled or destroyed; it also ends the use of a cached value.
func (s *Store) Access(ctx context.Context, name string) (config.Secret, error) {
	resource, err := s.Resource(name)
	if err != nil {
		return config.Secret{}, err
	}
	now := s.o.Clock.Now()
	cached, known := s.cached(resource)
	if known && (now.Before(cached.fetched.Add(s.o.TTL)) || now.Before(cached.retryAt) && s.usable(cached, now)) {
		return cached.value, nil
	}
	value, err := s.refresh(ctx, resource)
	switch {
	case err == nil:
		return value, nil
	case fault.Is(err, fault.NotFound):
		s.drop(resource)
		return config.Secret{}, err
	case known && s.usable(cached, now):
		s.rest(resource, now.Add(retryAfter))
		return cached.value, nil
	default:
		return config.Secret{}, err
	}
}

// Forget drops a value from the cache, for when its provider refuses it: it may have been rotated.
func (s *Store) Forget(name string) {
	if resource, err := s.Resource(name); err == nil {
		s.drop(resource)
	}
}

// Close ends the connection.
func (s *Store) Close() error {
	s.dialling.Lock()
	defer s.dialling.Unlock()
	if s.client == nil {
		return nil
	}
	err := s.client.Close()
	s.client = nil
	if err != nil {
		return fault.Wrap(fault.Internal, "secret.Close", err)
	}
	return nil
}

func (s *Store) usable(e entry, now time.Time) bool {
	return now.Before(e.fetched.Add(s.o.TTL + s.o.StaleFor))
}

// refresh shares one call among concurrent callers. The call's time is its own, so that the first caller's giving up
// does not fail the rest.
func (s *Store) refresh(ctx context.Context, resource string) (config.Secret, error) {
	result := s.flight.DoChan(resource, func() (any, error) {
		callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Timeout)
		defer cancel()
		value, err := s.fetch(callCtx, resource)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cache[resource] = entry{value: value, fetched: s.o.Clock.Now()}
		return value, nil
	})
	select {
	case <-ctx.Done():
		return config.Secret{}, fault.Wrap(fault.KindOf(ctx.Err()), "secret.Access", ctx.Err())
	case r := <-result:
		if r.Err != nil {
			return config.Secret{}, r.Err
		}
		value, ok := r.Val.(config.Secret)
		if !ok {
			return config.Secret{}, fault.New(fault.Internal, "secret.Access", "")
		}
		return value, nil
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errChecksum says that a value was damaged on its way.
var errChecksum = errors.New("checksum differs")

func (s *Store) fetch(ctx context.Context, resource string) (config.Secret, error) {
	client, err := s.dial(ctx)
	if err != nil {
		return config.Secret{}, err
	}
	resp, err := client.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: resource})
	if err != nil {
		kind := rpcfault.Kind(err)
		if kind == fault.Conflict { // FailedPrecondition: the version is disabled or destroyed
			kind = fault.NotFound
		}
		return config.Secret{}, fault.Wrap(kind, "secret.Access", err)
	}
	p := resp.GetPayload()
	if p.DataCrc32C != nil && p.GetDataCrc32C() != int64(crc32.Checksum(p.GetData(), castagnoli)) {
		return config.Secret{}, fault.Wrap(fault.Unavailable, "secret.Access", errChecksum)
	}
	return config.NewSecret(string(p.GetData())), nil
}

// dial returns the connection; a failure is not kept, so that the next access tries again.
func (s *Store) dial(ctx context.Context) (*secretmanager.Client, error) {
	s.dialling.Lock()
	defer s.dialling.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	client, err := secretmanager.NewClient(ctx, s.o.ClientOptions...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "secret.dial", err)
	}
	s.client = client
	return client, nil
}

func (s *Store) cached(resource string) (entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.cache[resource]
	return e, ok
}

func (s *Store) drop(resource string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cache, resource)
}

func (s *Store) rest(resource string, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.cache[resource]; ok {
		e.retryAt = until
		s.cache[resource] = e
	}
}
