// Package secret reads secrets from Secret Manager, adds versions, and destroys what is replaced or no longer needed; no other package
// imports its client. A [Store] caches the values in the instance: uncached, a million sends would cost as much in secret accesses as in all
// their Firestore reads.
package secret

import (
	"context"
	"errors"
	"hash/crc32"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

// Config says where Secret Manager is.
type Config struct {
	// EmulatorHost is the host and port of a Secret Manager without TLS and accounts; empty means Google's. Google has no such
	// emulator, and its client no such variable.
	EmulatorHost string `env:"SECRET_MANAGER_EMULATOR_HOST"`
}

// Options of a store.
type Options struct {
	Config
	// ProjectID is where secrets with a short name are.
	ProjectID string
	// TTL is how long a value is used without asking again; 0 means 5 min.
	TTL time.Duration
	// StaleFor is how much longer a value is used while Secret Manager fails; 0 means 5 min.
	StaleFor time.Duration
	// Timeout limits one access, its retries included; 0 means 5 s.
	Timeout time.Duration
	// Clock ages the values; nil means the machine's.
	Clock clock.Clock
	// ClientOptions are passed to the Secret Manager client.
	ClientOptions []option.ClientOption
}

// retryAfter is how long a failed access is not repeated while a stale value is used.
const retryAfter = 5 * time.Second

// Store reads secrets. It connects at the first access, so that a process starts fast.
type Store struct {
	o      Options
	values *cache.Cache[string, config.Secret] // by the full name of the version

	// dialling guards client only: making one may wait for the machine's credentials, and a caller with a cached value, or
	// with no time left, must not wait with it.
	dialling sync.Mutex
	client   *secretmanager.Client
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
	if o.EmulatorHost != "" {
		o.ClientOptions = append([]option.ClientOption{
			option.WithEndpoint(o.EmulatorHost),
			option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		}, o.ClientOptions...)
	}

	s := &Store{o: o}
	s.values = cache.New(cache.Options{
		Clock:   o.Clock,
		TTL:     o.TTL,
		Stale:   o.StaleFor,
		Rest:    retryAfter,
		Timeout: o.Timeout,
		Final:   func(err error) bool { return fault.Is(err, fault.NotFound) },
	}, s.fetch)

	return s
}

// maxName is the most characters of a secret's name.
const maxName = 255

// shortName reports whether s is a secret's name. It uses no regular expression: one that counts to 255 takes longer to
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

// fullName reports whether s is projects/P/secrets/NAME/versions/V.
func fullName(s string) bool {
	parts := strings.Split(s, "/")
	if len(parts) != 6 || parts[0] != "projects" || parts[1] == "" || parts[2] != "secrets" || parts[4] != "versions" {
		return false
	}

	version := parts[5]
	number := version != "" && strings.Trim(version, "0123456789") == ""

	return shortName(parts[3]) && (version == "latest" || number)
}

// resource returns the full name of a secret's version: a short name means the latest version in the project, one with its version
// (NAME/versions/3) that version, and a full name (projects/P/secrets/NAME/versions/V) stays as it is. Other texts are Invalid.
func (s *Store) resource(name string) (string, error) {
	switch {
	case shortName(name):
		return s.secret(name) + "/versions/latest", nil
	case fullName(name):
		return name, nil
	case fullName(s.secret(name)):
		return s.secret(name), nil
	default:
		return "", fault.New(fault.Invalid, "secret.Access", "not a secret's name")
	}
}

// secret returns the full name of the secret, or of the version of one, of that short name.
func (s *Store) secret(name string) string { return "projects/" + s.o.ProjectID + "/secrets/" + name }

// Access returns a secret's value, from the cache or from Secret Manager. NotFound means that there is no such secret or
// that its version is disabled or destroyed; it also ends the use of a cached value. In any other failure a value that is
// not too old is returned instead of the error.
func (s *Store) Access(ctx context.Context, name string) (config.Secret, error) {
	resource, err := s.resource(name)
	if err != nil {
		return config.Secret{}, err
	}

	value, err := s.values.Get(ctx, resource)

	return value, fault.Wrap(fault.KindOf(err), "secret.Access", err)
}

// Add writes a new version of the secret of that short name, and makes the secret if there is none. The right to add versions is enough
// where there is one. It returns the version's number. Who reads the latest version gets the new one, within the TTL of a process that has
// cached the former one; who names another version goes on with that.
func (s *Store) Add(ctx context.Context, name string, value config.Secret) (version string, err error) {
	const op = "secret.Add"

	if !shortName(name) {
		return "", fault.New(fault.Invalid, op, "not a secret's name")
	}

	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()

	client, err := s.dial(ctx)
	if err != nil {
		return "", err
	}

	parent := "projects/" + s.o.ProjectID
	_, err = client.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
		Parent:   parent,
		SecretId: name,
		Secret: &secretmanagerpb.Secret{Replication: &secretmanagerpb.Replication{
			Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}},
		}},
	})

	// Who may add versions only is refused here, be the secret there or not: the next call tells.
	if code := status.Code(err); err != nil && code != codes.AlreadyExists && code != codes.PermissionDenied {
		return "", fault.Wrap(rpcfault.Kind(err), op, err)
	}

	data := []byte(value.Reveal())
	sum := int64(crc32.Checksum(data, castagnoli))

	added, err := client.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
		Parent:  s.secret(name),
		Payload: &secretmanagerpb.SecretPayload{Data: data, DataCrc32C: &sum},
	})
	if err != nil {
		return "", fault.Wrap(rpcfault.Kind(err), op, err)
	}

	s.Forget(name)

	return path.Base(added.GetName()), nil
}

// Prune destroys the versions of the secret of that short name but the one to keep, so that a credential that was replaced is kept nowhere.
// Of those that are newer than that one it leaves the ones that were not made by made: somebody may be about to name them.
func (s *Store) Prune(ctx context.Context, name, keep string, made time.Time) error {
	const op = "secret.Prune"

	kept, err := strconv.Atoi(keep)
	if err != nil || !shortName(name) {
		return fault.New(fault.Invalid, op, "not a secret's version")
	}

	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()

	client, err := s.dial(ctx)
	if err != nil {
		return err
	}

	versions := client.ListSecretVersions(ctx, &secretmanagerpb.ListSecretVersionsRequest{Parent: s.secret(name)})
	for {
		v, err := versions.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return fault.Wrap(rpcfault.Kind(err), op, err)
		}

		number, err := strconv.Atoi(path.Base(v.GetName()))
		if err != nil || number == kept || number > kept && v.GetCreateTime().AsTime().After(made) ||
			v.GetState() == secretmanagerpb.SecretVersion_DESTROYED {
			continue
		}

		if err := destroy(ctx, client, v.GetName()); err != nil {
			return fault.Wrap(rpcfault.Kind(err), op, err)
		}
	}
}

// destroy destroys a version. That it is destroyed already, or gone with its secret, is no error.
func destroy(ctx context.Context, client *secretmanager.Client, version string) error {
	_, err := client.DestroySecretVersion(ctx, &secretmanagerpb.DestroySecretVersionRequest{Name: version})
	if code := status.Code(err); code == codes.NotFound || code == codes.FailedPrecondition {
		return nil
	}

	return err
}

// Remove destroys the secret of that short name with all its versions, or the one version that NAME/versions/3 names. Removing it again
// changes nothing. A process that has cached the value goes on with it for its TTL.
func (s *Store) Remove(ctx context.Context, name string) error {
	const op = "secret.Remove"

	version := !shortName(name) && fullName(s.secret(name))
	if !version && !shortName(name) {
		return fault.New(fault.Invalid, op, "not a secret's name")
	}

	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()

	client, err := s.dial(ctx)
	if err != nil {
		return err
	}

	if version {
		err = destroy(ctx, client, s.secret(name))
	} else {
		err = client.DeleteSecret(ctx, &secretmanagerpb.DeleteSecretRequest{Name: s.secret(name)})
	}
	if status.Code(err) != codes.NotFound && err != nil {
		return fault.Wrap(rpcfault.Kind(err), op, err)
	}

	s.Forget(name)

	return nil
}

// Forget removes a value from the cache. It is called when a provider refuses the value, which may have been rotated.
func (s *Store) Forget(name string) {
	if resource, err := s.resource(name); err == nil {
		s.values.Forget(resource)
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

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errChecksum means that a value was damaged in transit.
var errChecksum = errors.New("checksum differs")

// fetch reads a version's value from Secret Manager.
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
		return config.Secret{}, fault.Wrap(kind, "secret.fetch", err)
	}

	p := resp.GetPayload()
	if p.DataCrc32C != nil && p.GetDataCrc32C() != int64(crc32.Checksum(p.GetData(), castagnoli)) {
		return config.Secret{}, fault.Wrap(fault.Unavailable, "secret.fetch", errChecksum)
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
