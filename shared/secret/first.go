package secret

import (
	"context"
	"errors"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

// AddFirst writes the first version of the secret of that short name, and makes the secret if there is none. It reports false, and writes
// nothing, if the secret has a version, or had one that was destroyed: a key that is lost must not be replaced by itself.
func (s *Store) AddFirst(ctx context.Context, name string, value config.Secret) (added bool, err error) {
	has, err := s.hasVersion(ctx, name)
	if err != nil || has {
		return false, err
	}

	_, err = s.Add(ctx, name, value)

	return err == nil, err
}

// hasVersion reports whether a secret has a version in any state, or had one.
func (s *Store) hasVersion(ctx context.Context, name string) (bool, error) {
	const op = "secret.hasVersion"

	if !shortName(name) {
		return false, fault.New(fault.Invalid, op, "not a secret's name")
	}

	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()

	client, err := s.dial(ctx)
	if err != nil {
		return false, err
	}

	_, err = client.ListSecretVersions(ctx, &secretmanagerpb.ListSecretVersionsRequest{Parent: s.secret(name), PageSize: 1}).Next()
	if errors.Is(err, iterator.Done) || status.Code(err) == codes.NotFound {
		return false, nil
	}

	return err == nil, fault.Wrap(rpcfault.Kind(err), op, err)
}
