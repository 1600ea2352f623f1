package firestore_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
)

const project = "conformance"

// fields is a document's content as the client gives and takes it.
type fields = map[string]any

// serve runs s without a port and returns a connection to it.
func serve(tb testing.TB, s *firestore.Server) *grpc.ClientConn {
	tb.Helper()
	lis := bufconn.Listen(1 << 20)
	g := grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	s.Register(g)
	go func() { _ = g.Serve(lis) }()
	tb.Cleanup(g.Stop)
	return dial(tb, "passthrough:///local", grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return lis.DialContext(ctx)
	}))
}

func dial(tb testing.TB, addr string, opts ...grpc.DialOption) *grpc.ClientConn {
	tb.Helper()
	opts = append(opts, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(64<<20), grpc.MaxCallRecvMsgSize(64<<20)))
	conn, err := grpc.NewClient(addr, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

func newClient(tb testing.TB, conn *grpc.ClientConn) *client.Client {
	tb.Helper()
	c, err := client.NewClient(context.Background(), project, option.WithGRPCConn(conn))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// newServer returns a server and a client of it.
func newServer(tb testing.TB, o firestore.Options) (*firestore.Server, *client.Client) {
	tb.Helper()
	s, err := firestore.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return s, newClient(tb, serve(tb, s))
}

// env is what a conformance case works with: a client, and collections that no other case uses.
type env struct {
	*client.Client
	t     *testing.T
	conn  *grpc.ClientConn
	base  string
	local bool
}

func (e *env) batch() *client.WriteBatch { return batch(e.Client) } //nolint:staticcheck // see batch

// batch is one atomic commit. The replacement that the client's documentation names, a transaction, costs a second round
// trip to begin, which the product does without.
//
//nolint:staticcheck // as said
func batch(c *client.Client) *client.WriteBatch { return c.Batch() }

// col is a collection of this case, not at the root, so that parents are exercised.
func (e *env) col(name string) *client.CollectionRef {
	return e.Collection(e.base).Doc("root").Collection(name)
}

// doc is a document of this case.
func (e *env) doc(id string) *client.DocumentRef { return e.col("docs").Doc(id) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func noError(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantCode(tb testing.TB, err error, want ...codes.Code) {
	tb.Helper()
	if got := status.Code(err); !slices.Contains(want, got) {
		tb.Fatalf("code = %v, want %v; error %v", got, want, err)
	}
}

func set(t *testing.T, ref *client.DocumentRef, data fields) *client.WriteResult {
	t.Helper()
	res, err := ref.Set(testContext(t), data)
	noError(t, err)
	return res
}

func wantFields(t *testing.T, ref *client.DocumentRef, want fields) *client.DocumentSnapshot {
	t.Helper()
	snap, err := ref.Get(testContext(t))
	noError(t, err)
	if diff := cmp.Diff(want, snap.Data()); diff != "" {
		t.Fatalf("%s differs (-want +got):\n%s", ref.ID, diff)
	}
	return snap
}

func idsOf(snaps []*client.DocumentSnapshot) string {
	out := make([]string, len(snaps))
	for i, s := range snaps {
		out[i] = s.Ref.ID
	}
	return strings.Join(out, ",")
}

func wantIDs(t *testing.T, q client.Query, want string) []*client.DocumentSnapshot {
	t.Helper()
	snaps, err := q.Documents(testContext(t)).GetAll()
	noError(t, err)
	if got := idsOf(snaps); got != want {
		t.Fatalf("results = %q, want %q", got, want)
	}
	return snaps
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Fatalf("%s = %s, want %s", what, g, w)
	}
}
