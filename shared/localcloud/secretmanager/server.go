// Package secretmanager is google.cloud.secretmanager.v1 in process, as far as the production code and the set-up of a
// local run use it: secrets, numbered versions, and their states. What it holds is in the journal in plain text, so it
// is for invented secrets only.
package secretmanager

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

// maxPayload is the largest secret, from the quotas page of the real service.
const maxPayload = 64 << 10

// The records of the journal: one byte of kind, then a resource.
const (
	recSecret  = 'S' // Secret
	recVersion = 'V' // SecretVersion and payload: see encodeVersion
	recDrop    = 'D' // name of a secret
)

var (
	secretID   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errRecord  = errors.New("damaged secretmanager record")
)

// Journal keeps the server's records; [journal.Service] is one.
type Journal interface {
	// Append queues a copy of rec and returns its number.
	Append(rec []byte) (seq uint64)
	// Wait returns once that record and all before it are durable.
	Wait(seq uint64) error
}

// Options configure a server; the zero value keeps everything in memory on the machine's clock.
type Options struct {
	// Clock stamps secrets and versions; nil is the machine's.
	Clock clock.Clock
	// Journal keeps the secrets; nil forgets them with the process.
	Journal Journal
}

// Server is the service.
type Server struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer

	clock   clock.Clock
	journal Journal
	mu      sync.RWMutex
	secrets map[string]*secret
}

type secret struct {
	p        *secretmanagerpb.Secret
	versions []*version // version n is at n-1
}

// version is replaced, never changed.
type version struct {
	p    *secretmanagerpb.SecretVersion
	data []byte
}

// New returns an empty server.
func New(o Options) *Server {
	s := &Server{clock: o.Clock, journal: o.Journal, secrets: map[string]*secret{}}
	if s.clock == nil {
		s.clock = clock.Real{}
	}
	return s
}

// Register adds the service to g.
func (s *Server) Register(g *grpc.Server) { secretmanagerpb.RegisterSecretManagerServiceServer(g, s) }

func notFound(what string) error { return status.Errorf(codes.NotFound, "%s not found", what) }

// keep journals rec. Call with mu held; durable waits for it afterwards.
func (s *Server) keep(rec []byte) uint64 {
	if s.journal == nil {
		return 0
	}
	return s.journal.Append(rec)
}

func (s *Server) durable(seq uint64) error {
	if s.journal == nil {
		return nil
	}
	if err := s.journal.Wait(seq); err != nil {
		return status.Errorf(codes.Internal, "journal: %v", err)
	}
	return nil
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

// GetSecret returns a secret without its payload.
func (s *Server) GetSecret(_ context.Context, r *secretmanagerpb.GetSecretRequest) (*secretmanagerpb.Secret, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sec := s.secrets[r.GetName()]; sec != nil {
		return sec.p, nil
	}
	return nil, notFound("Secret")
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

// ListSecrets lists a project's secrets by name.
func (s *Server) ListSecrets(_ context.Context, r *secretmanagerpb.ListSecretsRequest) (*secretmanagerpb.ListSecretsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := &secretmanagerpb.ListSecretsResponse{}
	for name, sec := range s.secrets {
		if strings.HasPrefix(name, r.GetParent()+"/secrets/") {
			out.TotalSize++
			if name > r.GetPageToken() {
				out.Secrets = append(out.Secrets, sec.p)
			}
		}
	}
	slices.SortFunc(out.Secrets, func(a, b *secretmanagerpb.Secret) int { return strings.Compare(a.GetName(), b.GetName()) })
	if n := int(r.GetPageSize()); n > 0 && len(out.Secrets) > n {
		out.Secrets = out.Secrets[:n]
		out.NextPageToken = out.Secrets[n-1].GetName()
	}
	return out, nil
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

// encodeSecret makes the record of a secret.
func encodeSecret(p *secretmanagerpb.Secret) []byte { return appendProto([]byte{recSecret}, p) }

// encodeVersion makes the record of a version: its length and itself, then the payload.
func encodeVersion(v *version) []byte {
	head := strconv.AppendInt([]byte{recVersion}, int64(proto.Size(v.p)), 10)
	return append(appendProto(append(head, ':'), v.p), v.data...)
}

func appendProto(b []byte, m proto.Message) []byte {
	out, err := proto.MarshalOptions{}.MarshalAppend(b, m)
	if err != nil { // only invalid UTF-8 does this, and what came over the wire has none
		return b
	}
	return out
}

// Replay applies one record of the journal; give them in order, before the first call.
func (s *Server) Replay(rec []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(rec) == 0 {
		return errRecord
	}
	switch body := rec[1:]; rec[0] {
	case recSecret:
		p := &secretmanagerpb.Secret{}
		if err := proto.Unmarshal(body, p); err != nil {
			return fmt.Errorf("%w: %w", errRecord, err)
		}
		if s.secrets[p.GetName()] == nil {
			s.secrets[p.GetName()] = &secret{p: p}
		}
		return nil
	case recVersion:
		return s.replayVersion(body)
	case recDrop:
		delete(s.secrets, string(body))
		return nil
	}
	return fmt.Errorf("%w of kind %q", errRecord, rec[0])
}

// replayVersion puts a version where its number says.
func (s *Server) replayVersion(body []byte) error {
	size, rest, _ := strings.Cut(string(body), ":")
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 || n > len(rest) {
		return errRecord
	}
	v := &version{p: &secretmanagerpb.SecretVersion{}, data: []byte(rest[n:])}
	if err = proto.Unmarshal([]byte(rest[:n]), v.p); err != nil {
		return fmt.Errorf("%w: %w", errRecord, err)
	}
	parent, id, _ := strings.Cut(v.p.GetName(), "/versions/")
	at, err := strconv.Atoi(id)
	sec := s.secrets[parent]
	switch {
	case err != nil || at < 1:
		return errRecord
	case sec == nil: // dropped later, and replayed over the snapshot without it
		return nil
	case at <= len(sec.versions):
		sec.versions[at-1] = v
	case at == len(sec.versions)+1:
		sec.versions = append(sec.versions, v)
	default:
		return errRecord
	}
	return nil
}

// Snapshot emits the records that make the present state.
func (s *Server) Snapshot(emit func(rec []byte) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, sec := range s.secrets {
		if err := emit(encodeSecret(sec.p)); err != nil {
			return err
		}
		for _, v := range sec.versions {
			if err := emit(encodeVersion(v)); err != nil {
				return err
			}
		}
	}
	return nil
}
