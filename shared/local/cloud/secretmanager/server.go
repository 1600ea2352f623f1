// Package secretmanager is google.cloud.secretmanager.v1 in process, as far as the production code and the set-up of a
// local run use it: secrets, numbered versions, and their states. What it holds is in the journal in plain text, so it
// is for invented secrets only.
package secretmanager

import (
	"sync"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
)

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

// New returns an empty server.
func New(o Options) *Server {
	s := &Server{clock: o.Clock, journal: o.Journal, secrets: map[string]*secret{}}
	if s.clock == nil {
		s.clock = clock.Real{}
	}
	return s
}

// Register adds the service to g.
func (s *Server) Register(g grpc.ServiceRegistrar) {
	secretmanagerpb.RegisterSecretManagerServiceServer(g, s)
}

func notFound(what string) error { return status.Errorf(codes.NotFound, "%s not found", what) }
