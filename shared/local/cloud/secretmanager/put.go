package secretmanager

import (
	"context"
	"fmt"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Put makes a secret, if it is missing, and value its newest version: what the set-up of a project does in two calls.
func (s *Server) Put(ctx context.Context, project, id, value string) error {
	parent := "projects/" + project
	_, err := s.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
		Parent: parent, SecretId: id,
		Secret: &secretmanagerpb.Secret{Replication: &secretmanagerpb.Replication{
			Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}},
		}},
	})

	if err != nil && status.Code(err) != codes.AlreadyExists {
		return fmt.Errorf("create secret %s: %w", id, err)
	}

	_, err = s.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
		Parent: parent + "/secrets/" + id, Payload: &secretmanagerpb.SecretPayload{Data: []byte(value)},
	})
	if err != nil {
		return fmt.Errorf("add a version of secret %s: %w", id, err)
	}

	return nil
}
