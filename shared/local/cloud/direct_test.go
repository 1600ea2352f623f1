package cloud_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// dialled is a cloud with a connection whose calls are listed as the caller's own interceptors see them.
type dialled struct {
	cloud *cloud.Cloud
	conn  *grpc.ClientConn
	calls []string
}

func dial(t *testing.T, o cloud.Options) *dialled {
	t.Helper()
	d := &dialled{cloud: start(t, o)}
	if err := d.cloud.EnsureTopics(t.Context(), topicName); err != nil {
		t.Fatal(err)
	}
	conn, err := d.cloud.Conn(
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			d.calls = append(d.calls, method)
			return call(ctx, method, req, reply, cc, opts...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, call grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			d.calls = append(d.calls, method)
			return call(ctx, desc, cc, method, opts...)
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	d.conn = conn
	return d
}

// documents is Firestore's client over the connection.
func (d *dialled) documents(t *testing.T) *firestore.Client {
	t.Helper()
	f, err := firestore.NewClient(t.Context(), projectID, option.WithGRPCConn(d.conn), option.WithTelemetryDisabled())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// converse makes calls that succeed and calls that fail, and returns what a caller sees of each.
func converse(t *testing.T, d *dialled) []string {
	t.Helper()
	ctx, f := t.Context(), d.documents(t)
	var told []string
	tell := func(what string, got any, err error) {
		s := status.Convert(err)
		told = append(told, fmt.Sprintf("%s: %v, %s %q %v", what, got, s.Code(), s.Message(), s.Details()))
	}
	for _, n := range []string{"1", "2", "3"} {
		_, err := f.Doc("accounts/"+n).Create(ctx, map[string]any{"n": n, "empty": "", "none": []any{}, "in": map[string]any{"deep": []byte{0}}})
		tell("create "+n, nil, err)
	}
	_, err := f.Doc("accounts/1").Create(ctx, map[string]any{"n": "other"})
	tell("create again", nil, err)
	_, err = f.Doc("accounts/4").Set(ctx, map[string]any{"n": "not UTF-8: \xff"})
	tell("set what is no text", nil, err)
	one, err := f.Doc("accounts/1").Get(ctx)
	tell("get", one.Data(), err)
	_, err = f.Doc("accounts/none").Get(ctx)
	tell("get none", nil, err)
	all, err := f.Collection("accounts").Where("n", ">", "1").Documents(ctx).GetAll()
	tell("query", len(all), err)
	_, err = f.Collection("accounts").Where("n", ">", "1").OrderBy("other", firestore.Asc).Documents(ctx).GetAll()
	tell("query without an index", nil, err)
	err = f.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		if _, missing := tx.Get(f.Doc("accounts/2")); missing != nil {
			return missing
		}
		return tx.Update(f.Doc("accounts/2"), []firestore.Update{{Path: "n", Value: "changed"}})
	})
	tell("transaction", nil, err)
	publisher := pubsubpb.NewPublisherClient(d.conn)
	_, err = publisher.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName})
	tell("topic", nil, err)
	_, err = publisher.Publish(ctx, &pubsubpb.PublishRequest{Topic: topicName + "-none", Messages: []*pubsubpb.PubsubMessage{{Data: []byte("x")}}})
	tell("publish to none", nil, err)
	over, cancel := context.WithCancel(ctx)
	cancel()
	_, err = publisher.GetTopic(over, &pubsubpb.GetTopicRequest{Topic: topicName})
	tell("given up", nil, err)
	_, err = firestorepb.NewFirestoreClient(d.conn).RunQuery(over, &firestorepb.RunQueryRequest{})
	tell("query given up", nil, err)
	return told
}

// TestDirect holds calls that are answered directly against the same calls over a connection: the caller sees the same, and so
// do its interceptors and the cloud's recorder.
func TestDirect(t *testing.T) {
	t.Parallel()
	direct, connected := dial(t, cloud.Options{Direct: true, EnforceIndexes: true}), dial(t, cloud.Options{EnforceIndexes: true})
	got, want := converse(t, direct), converse(t, connected)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the caller sees (-connected +direct):\n%s", diff)
	}
	if diff := cmp.Diff(connected.calls, direct.calls); diff != "" {
		t.Errorf("what the caller's interceptors see (-connected +direct):\n%s", diff)
	}
	if diff := cmp.Diff(connected.cloud.Calls().Counts(), direct.cloud.Calls().Counts()); diff != "" {
		t.Errorf("what the cloud counts (-connected +direct):\n%s", diff)
	}
	if s := direct.conn.GetState(); s != connectivity.Idle {
		t.Errorf("the direct connection is %s, want it never used", s)
	}
	if s := connected.conn.GetState(); s != connectivity.Ready {
		t.Errorf("the other connection is %s, want it used", s)
	}
	if n := len(slices.DeleteFunc(want, func(s string) bool { return !strings.Contains(s, ", OK ") })); n < 5 || n == len(got) {
		t.Errorf("%d of %d calls succeed, want some and not all", n, len(got))
	}
}

// TestDirectByConnection makes calls that are not answered directly: they fail as over any connection.
func TestDirectByConnection(t *testing.T) {
	t.Parallel()
	read := func(d *dialled) error {
		_, err := pubsubpb.NewPublisherClient(d.conn).GetTopic(t.Context(), &pubsubpb.GetTopicRequest{Topic: topicName})
		return err
	}
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, d *dialled)
		want    codes.Code
	}{
		"a rule is set": {want: codes.ResourceExhausted, prepare: func(t *testing.T, d *dialled) {
			t.Helper()
			if _, err := d.cloud.Rules().Add(cloud.Rule{Method: "GetTopic", Mode: cloud.FailAfter, Code: codes.ResourceExhausted}); err != nil {
				t.Fatal(err)
			}
		}},
		"a connection is cut": {want: codes.Unavailable, prepare: func(t *testing.T, d *dialled) {
			t.Helper()
			if _, err := d.cloud.Rules().Add(cloud.Rule{Method: "GetTopic", Mode: cloud.Cut}); err != nil {
				t.Fatal(err)
			}
		}},
		"the connection is closed": {want: codes.Canceled, prepare: func(_ *testing.T, d *dialled) { _ = d.conn.Close() }},
		"the cloud is closed":      {want: codes.Canceled, prepare: func(_ *testing.T, d *dialled) { _ = d.cloud.Close() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, direct := range []bool{true, false} {
				d := dial(t, cloud.Options{Direct: direct})
				if err := read(d); err != nil {
					t.Fatal(err)
				}
				tt.prepare(t, d)
				if err := read(d); status.Code(err) != tt.want {
					t.Errorf("direct %v: got %v, want %s", direct, err, tt.want)
				}
			}
		})
	}

	d := dial(t, cloud.Options{Direct: true})
	var header metadata.MD
	if _, err := pubsubpb.NewPublisherClient(d.conn).GetTopic(t.Context(), &pubsubpb.GetTopicRequest{Topic: topicName}, grpc.Header(&header)); err != nil || header.Len() == 0 {
		t.Errorf("header: got %v, %v, want what the connection brings", header, err)
	}
}
