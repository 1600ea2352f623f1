package secretmanager

import (
	"context"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxPayload is the largest secret, from the quotas page of the real service.
const maxPayload = 64 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// version is replaced, never changed.
type version struct {
	p    *secretmanagerpb.SecretVersion
	data []byte
}

// AddSecretVersion adds the next version, enabled.
func (s *Server) AddSecretVersion(_ context.Context, r *secretmanagerpb.AddSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	data := r.GetPayload().GetData()
	if len(data) > maxPayload {
		return nil, status.Errorf(codes.InvalidArgument, "the payload exceeds %d bytes", maxPayload)
	}
	if r.GetPayload() != nil && r.GetPayload().DataCrc32C != nil && r.GetPayload().GetDataCrc32C() != checksum(data) {
		return nil, status.Error(codes.InvalidArgument, "data_crc32c does not match the payload")
	}

	s.mu.Lock()
	sec := s.secrets[r.GetParent()]
	if sec == nil {
		s.mu.Unlock()
		return nil, notFound("Secret")
	}

	v := &version{data: data, p: &secretmanagerpb.SecretVersion{
		Name:       r.GetParent() + "/versions/" + strconv.Itoa(len(sec.versions)+1),
		CreateTime: timestamppb.New(s.clock.Now()), State: secretmanagerpb.SecretVersion_ENABLED,
	}}

	sec.versions = append(sec.versions, v)
	seq := s.keep(encodeVersion(v))
	s.mu.Unlock()

	return v.p, s.durable(seq)
}

func checksum(b []byte) int64 { return int64(crc32.Checksum(b, castagnoli)) }

// find returns the secret and the version that a version's name (a number or latest) means. Call with mu held.
func (s *Server) find(name string) (*secret, int, error) {
	parent, id, ok := strings.Cut(name, "/versions/")
	if !ok {
		return nil, 0, status.Error(codes.InvalidArgument, "invalid version name")
	}

	sec := s.secrets[parent]
	if sec == nil {
		return nil, 0, notFound("Secret")
	}

	n := len(sec.versions)
	if id != "latest" {
		var err error
		if n, err = strconv.Atoi(id); err != nil {
			return nil, 0, status.Error(codes.InvalidArgument, "invalid version number")
		}
	}

	if n < 1 || n > len(sec.versions) {
		return nil, 0, notFound("Secret Version")
	}

	return sec, n - 1, nil
}

// AccessSecretVersion returns the payload of an enabled version; latest is the newest one, whatever its state.
func (s *Server) AccessSecretVersion(_ context.Context, r *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()

	sec, i, err := s.find(r.GetName())
	if err != nil {
		return nil, err
	}

	v := sec.versions[i]
	if v.p.GetState() != secretmanagerpb.SecretVersion_ENABLED {
		return nil, status.Errorf(codes.FailedPrecondition, "Secret Version is in %s state", v.p.GetState())
	}

	sum := checksum(v.data)

	return &secretmanagerpb.AccessSecretVersionResponse{
		Name: v.p.GetName(), Payload: &secretmanagerpb.SecretPayload{Data: v.data, DataCrc32C: &sum},
	}, nil
}

// GetSecretVersion returns a version without its payload.
func (s *Server) GetSecretVersion(_ context.Context, r *secretmanagerpb.GetSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()

	sec, i, err := s.find(r.GetName())
	if err != nil {
		return nil, err
	}

	return sec.versions[i].p, nil
}

// ListSecretVersions lists a secret's versions, newest first, in one page.
func (s *Server) ListSecretVersions(_ context.Context, r *secretmanagerpb.ListSecretVersionsRequest) (*secretmanagerpb.ListSecretVersionsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()

	sec := s.secrets[r.GetParent()]
	if sec == nil {
		return nil, notFound("Secret")
	}

	out := &secretmanagerpb.ListSecretVersionsResponse{TotalSize: int32(len(sec.versions))} //nolint:gosec // G115: few
	for _, v := range slices.Backward(sec.versions) {
		out.Versions = append(out.Versions, v.p)
	}

	return out, nil
}

// EnableSecretVersion makes a disabled version accessible again.
func (s *Server) EnableSecretVersion(_ context.Context, r *secretmanagerpb.EnableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.turn(r.GetName(), secretmanagerpb.SecretVersion_ENABLED)
}

// DisableSecretVersion makes a version inaccessible for now.
func (s *Server) DisableSecretVersion(_ context.Context, r *secretmanagerpb.DisableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.turn(r.GetName(), secretmanagerpb.SecretVersion_DISABLED)
}

// DestroySecretVersion forgets a version's payload for good.
func (s *Server) DestroySecretVersion(_ context.Context, r *secretmanagerpb.DestroySecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.turn(r.GetName(), secretmanagerpb.SecretVersion_DESTROYED)
}

// turn changes a version's state; a destroyed one stays so.
func (s *Server) turn(name string, to secretmanagerpb.SecretVersion_State) (*secretmanagerpb.SecretVersion, error) {
	s.mu.Lock()
	sec, i, err := s.find(name)
	if err == nil && sec.versions[i].p.GetState() == secretmanagerpb.SecretVersion_DESTROYED {
		err = status.Error(codes.FailedPrecondition, "Secret Version is destroyed")
	}

	if err != nil {
		s.mu.Unlock()
		return nil, err
	}

	v := &version{p: proto.CloneOf(sec.versions[i].p), data: sec.versions[i].data}
	v.p.State = to
	if to == secretmanagerpb.SecretVersion_DESTROYED {
		v.data = nil
		v.p.DestroyTime = timestamppb.New(s.clock.Now())
	}

	sec.versions[i] = v
	seq := s.keep(encodeVersion(v))
	s.mu.Unlock()

	return v.p, s.durable(seq)
}
