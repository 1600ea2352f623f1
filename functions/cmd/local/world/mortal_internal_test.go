package world

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc"
)

// openStream is a stream over which everything goes, until its worker dies.
type openStream struct {
	grpc.ClientStream
	dies func()
}

// RecvMsg is part of [grpc.ClientStream].
func (s openStream) RecvMsg(any) error { s.dies(); return nil }

// SendMsg is part of [grpc.ClientStream].
func (openStream) SendMsg(any) error { return nil }

// TestDeadWorkerIsCut holds that nothing comes to a worker that has died meanwhile, nothing goes from it, and it logs nothing.
func TestDeadWorkerIsCut(t *testing.T) {
	t.Parallel()
	var k worker
	s := &mortalStream{openStream{dies: func() { k.dead.Store(true) }}, &k.dead}
	var text strings.Builder
	log := slog.New(mortalLog{slog.NewTextHandler(&text, nil), &k.dead}).With("worker", 1).WithGroup("of")
	log.InfoContext(t.Context(), "alive")
	if err := s.SendMsg(nil); err != nil {
		t.Errorf("alive: got %v", err)
	}
	if err := s.RecvMsg(nil); !errors.Is(err, errCut) {
		t.Errorf("what comes as it dies: got %v, want it cut", err)
	}
	if err := s.SendMsg(nil); !errors.Is(err, errCut) {
		t.Errorf("what a dead worker sends: got %v, want it cut", err)
	}
	log.InfoContext(t.Context(), "dead")
	if !strings.Contains(text.String(), "alive") || strings.Contains(text.String(), "dead") {
		t.Errorf("got the log %q", text.String())
	}
}
