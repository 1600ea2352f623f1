package secretmanager

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var secretID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

type secret struct {
	p        *secretmanagerpb.Secret
	versions []*version // version n is at n-1
}

// CreateSecret makes a secret without versions; one of that name is AlreadyExists.
func (s *Server) CreateSecret(_ context.Context, r *secretmanagerpb.CreateSecretRequest) (*secretmanagerpb.Secret, error) {
	if !strings.HasPrefix(r.GetParent(), "projects/") || !secretID.MatchString(r.GetSecretId()) {
		return nil, status.Error(codes.InvalidArgument, "invalid parent or secret_id")
	}

	p := &secretmanagerpb.Secret{}
	if r.GetSecret() != nil {
		p = proto.CloneOf(r.GetSecret())
	}

	p.Name = r.GetParent() + "/secrets/" + r.GetSecretId()
	p.CreateTime = timestamppb.New(s.clock.Now())

	s.mu.Lock()
	if s.secrets[p.GetName()] != nil {
		s.mu.Unlock()
		return nil, status.Error(codes.AlreadyExists, "Secret already exists")
	}

	s.secrets[p.GetName()] = &secret{p: p}
	seq := s.keep(encodeSecret(p))
	s.mu.Unlock()

	return p, s.durable(seq)
}

// GetSecret returns a secret without its payload.
func (s *Server) GetSecret(_ context.Context, r *secretmanagerpb.GetSecretRequest) (*secretmanagerpb.Secret, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sec := s.secrets[r.GetName()]; sec != nil {
		return sec.p, nil
	}

	return nil, notFound("Secret")
}

// Secrets lists the full names of the secrets, in their order.
func (s *Server) Secrets() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.secrets))
}

// DeleteSecret removes a secret with all its versions.
func (s *Server) DeleteSecret(_ context.Context, r *secretmanagerpb.DeleteSecretRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	if s.secrets[r.GetName()] == nil {
		s.mu.Unlock()
		return nil, notFound("Secret")
	}

	delete(s.secrets, r.GetName())
	seq := s.keep(append([]byte{recDrop}, r.GetName()...))
	s.mu.Unlock()

	return &emptypb.Empty{}, s.durable(seq)
}
