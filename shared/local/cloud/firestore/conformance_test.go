package firestore_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/emulator"
)

// suite is a set of cases by name; each must hold on our server and on Google's emulator.
type suite map[string]func(*env)

func suites() map[string]suite {
	return map[string]suite{
		"document":    documentSuite(),
		"transform":   transformSuite(),
		"batch":       batchSuite(),
		"product":     productSuite(),
		"query":       querySuite(),
		"aggregation": aggregationSuite(),
		"listen":      listenSuite(),
		"limit":       limitSuite(),
	}
}

func TestConformanceLocal(t *testing.T) {
	t.Parallel()
	s, err := firestore.New(firestore.Options{Journal: &fakeJournal{}})
	noError(t, err)
	runSuites(t, serve(t, s), true)
}

func TestConformanceEmulator(t *testing.T) {
	t.Parallel()
	owner := grpc.WithPerRPCCredentials(bearer("owner"))
	runSuites(t, dial(t, emulator.Firestore(t), owner), false)
}

// bearer lets the emulator skip security rules.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return false }

func runSuites(t *testing.T, conn *grpc.ClientConn, local bool) {
	t.Helper()
	run := time.Now().UnixNano() // an emulator may be shared with an earlier run
	c := newClient(t, conn)
	all := suites()
	for _, group := range slices.Sorted(maps.Keys(all)) {
		for _, name := range slices.Sorted(maps.Keys(all[group])) {
			t.Run(group+"/"+name, func(t *testing.T) {
				t.Parallel()
				base := fmt.Sprintf("t%d-%s-%s", run, group, strings.ReplaceAll(name, "_", "-"))
				all[group][name](&env{t: t, Client: c, conn: conn, base: base, local: local})
			})
		}
	}
}
