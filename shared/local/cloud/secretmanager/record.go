package secretmanager

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// The records of the journal: one byte of kind, then a resource.
const (
	recSecret  = 'S' // Secret
	recVersion = 'V' // SecretVersion and payload: see encodeVersion
	recDrop    = 'D' // name of a secret
)

var errRecord = errors.New("damaged secretmanager record")

// Journal keeps the server's records; [journal.Service] is one.
type Journal interface {
	// Append queues a copy of rec and returns its number.
	Append(rec []byte) (seq uint64)
	// Wait returns once that record and all before it are durable.
	Wait(seq uint64) error
}

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
