package cloud_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	pubsub "cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/option"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	projectID = "demo-local"
	topicName = "projects/demo-local/topics/order-events"
	subName   = "projects/demo-local/subscriptions/notify"
	deadTopic = "projects/demo-local/topics/dead-letters"
)

func TestCloud_real_clients_talk_to_it(t *testing.T) {
	t.Parallel()
	c := start(t, cloud.Options{Listen: "127.0.0.1:0"})
	for name, opts := range map[string][]option.ClientOption{"in_process": c.ClientOptions(), "tcp": cloud.RemoteOptions(c.Addr())} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			f, err := firestore.NewClient(ctx, projectID, opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err = f.Doc("accounts/"+name).Create(ctx, map[string]any{"slug": "demo"}); err != nil {
				t.Errorf("firestore: %v", err)
			}
			p, err := pubsub.NewClient(ctx, projectID, opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if _, err = p.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName + name}); err != nil {
				t.Errorf("pubsub: %v", err)
			}
			s, err := secretmanager.NewClient(ctx, opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err = s.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{Parent: "projects/" + projectID, SecretId: name}); err != nil {
				t.Errorf("secretmanager: %v", err)
			}
		})
	}
}

// write puts one thing into each service.
func write(t *testing.T, c *cloud.Cloud, n int) {
	t.Helper()
	ctx := t.Context()
	if _, err := documents(t, c).Doc("accounts/1").Set(ctx, map[string]any{"n": n}); err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, c).Publisher(topicName).Publish(ctx, &pubsub.Message{Data: []byte(strconv.Itoa(n))}).Get(ctx); err != nil {
		t.Fatal(err)
	}
	_, err := secrets(t, c).AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
		Parent: "projects/demo-local/secrets/key", Payload: &secretmanagerpb.SecretPayload{Data: []byte(strconv.Itoa(n))},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// check compares what each service holds after n writes.
func check(t *testing.T, c *cloud.Cloud, n int) {
	t.Helper()
	ctx := t.Context()
	doc, err := documents(t, c).Doc("accounts/1").Get(ctx)
	if err != nil {
		t.Fatalf("document: %v", err)
	}
	if got := doc.Data()["n"]; got != int64(n) {
		t.Errorf("document: got %v, want %d", got, n)
	}
	if b := c.PubSub().Backlog(); len(b) != 1 || b[0].Ready != n {
		t.Errorf("backlog: got %+v, want %d ready", b, n)
	}
	v, err := secrets(t, c).AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: "projects/demo-local/secrets/key/versions/latest"})
	if err != nil || string(v.GetPayload().GetData()) != strconv.Itoa(n) {
		t.Errorf("secret: got %v, %v", v, err)
	}
}

func TestCloud_state_survives_restart_and_compaction(t *testing.T) {
	t.Parallel()
	o := cloud.Options{Path: filepath.Join(t.TempDir(), "made", "here")}
	c := start(t, o)
	declare(t, c, cloud.Subscription{Name: subName, Topic: topicName})
	if _, err := secrets(t, c).CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: "projects/demo-local", SecretId: "key"}); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		write(t, c, n)
		check(t, c, n)
		if n == 2 {
			if err := c.Compact(); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
		c = start(t, o)
		check(t, c, n)
	}
}

// TestCloud_reads_the_journal_of_earlier_versions has one of them write a document as a whole.
func TestCloud_reads_the_journal_of_earlier_versions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, err := journal.Open(filepath.Join(dir, "cloud.journal"))
	if err != nil {
		t.Fatal(err)
	}
	rec, err := proto.Marshal(&firestorepb.CommitRequest{
		Transaction: make([]byte, 8),
		Writes: []*firestorepb.Write{{Operation: &firestorepb.Write_Update{Update: &firestorepb.Document{
			Name: database + "/documents/accounts/1", CreateTime: timestamppb.Now(), UpdateTime: timestamppb.Now(),
			Fields: map[string]*firestorepb.Value{"n": {ValueType: &firestorepb.Value_IntegerValue{IntegerValue: 7}}},
		}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	old := j.Service('F')
	if err = errors.Join(old.Wait(old.Append(rec)), j.Close()); err != nil {
		t.Fatal(err)
	}

	snap, err := documents(t, start(t, cloud.Options{Path: dir})).Doc("accounts/1").Get(t.Context())
	if err != nil || snap.Data()["n"] != int64(7) {
		t.Errorf("got %v, %v", snap, err)
	}
}

func TestCloud_garbage_is_compacted_after_the_start(t *testing.T) {
	t.Parallel()
	o := cloud.Options{Path: t.TempDir()}
	c := start(t, o)
	f := documents(t, c)
	for range 40 {
		if _, err := f.Doc("accounts/1").Set(t.Context(), map[string]any{"big": make([]byte, 50_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = start(t, o)
	if err := c.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := os.Stat(filepath.Join(o.Path, "cloud.journal"))
	if err != nil {
		t.Fatal(err)
	}
	if file.Size() > 200_000 {
		t.Errorf("the journal is still %d bytes", file.Size())
	}
	if _, err := documents(t, c).Doc("accounts/1").Get(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCloud_refuses_to_start(t *testing.T) {
	t.Parallel()
	used := t.TempDir()
	c := start(t, cloud.Options{Path: used, Listen: "127.0.0.1:0"})
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "cloud.journal"), []byte("not a journal at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]cloud.Options{
		"directory_in_use": {Path: used},
		"address_in_use":   {Listen: c.Addr()},
		"broken_journal":   {Path: broken},
		"broken_indexes":   {Indexes: strings.NewReader("{")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c, err := cloud.Start(t.Context(), o); err == nil {
				_ = c.Close()
				t.Error("it started")
			}
		})
	}
}

func TestCloud_ensure_is_idempotent_and_updates(t *testing.T) {
	t.Parallel()
	c := start(t, cloud.Options{})
	s := cloud.Subscription{
		Name: subName, Topic: topicName, Endpoint: "http://one.test/push", DeadLetterTopic: deadTopic, MaxAttempts: 7,
		AckDeadline: time.Minute, MinBackoff: time.Second, MaxBackoff: time.Minute, ServiceAccount: "push@demo.test",
	}
	declare(t, c, s)
	c.Calls().Reset()
	declare(t, c, s)
	if n := c.Calls().Count("UpdateSubscription"); n != 0 {
		t.Errorf("the same again: %d updates", n)
	}
	s.Endpoint, s.DeadLetterTopic = "http://two.test/push", ""
	declare(t, c, s)
	got, err := c.PubSub().GetSubscription(t.Context(), &pubsubpb.GetSubscriptionRequest{Subscription: subName})
	if err != nil || got.GetPushConfig().GetPushEndpoint() != "http://two.test/push" || got.GetDeadLetterPolicy() != nil {
		t.Errorf("changed: got %v, %v", got, err)
	}
	s.MaxAttempts, s.DeadLetterTopic = 3, deadTopic
	if err = c.EnsureSubscriptions(t.Context(), []cloud.Subscription{s}); err == nil {
		t.Error("3 attempts were accepted, the service wants 5 to 100")
	}
}

func TestCloud_scheduler(t *testing.T) {
	t.Parallel()
	m := clock.NewManual(epoch)
	c := start(t, cloud.Options{Clock: m})
	var mu sync.Mutex
	var heads []http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		heads = append(heads, r.Header.Clone())
		w.WriteHeader(http.StatusInternalServerError) // a failing job goes on
	}))
	t.Cleanup(srv.Close)
	stop := c.Schedule(cloud.ScheduledCall{
		URL: srv.URL, Every: time.Minute, ServiceAccount: "scheduler@demo.test", Audience: "https://sweep.example.com",
	})
	count := func() int {
		if err := c.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(heads)
	}
	if got := count(); got != 1 {
		t.Errorf("at the start: got %v", got)
	}
	want := "Bearer " + c.Tokens().Token("scheduler@demo.test", "https://sweep.example.com")
	if heads[0].Get("X-Cloudscheduler") != "true" || heads[0].Get("Authorization") != want {
		t.Errorf("headers: got %v, want the token %s", heads[0], want)
	}
	for i := 1; i <= 3; i++ {
		m.Advance(59 * time.Second)
		if got := count(); got != i {
			t.Errorf("before minute %d: got %v", i, got)
		}
		m.Advance(time.Second)
		if got := count(); got != i+1 {
			t.Errorf("minute %d: got %v", i, got)
		}
	}
	stop()
	m.Advance(time.Hour)
	if got := count(); got != 4 {
		t.Errorf("after stop: got %v", got)
	}
}

// TestCloud_key holds that the key of the tokens is served, and that it is kept with the state: functions that have fetched it
// take the pushes of the cloud that is started next.
func TestCloud_key(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var served [2]string
	for i := range served {
		c := start(t, cloud.Options{Path: dir, ListenKeys: "127.0.0.1:0"})
		resp, err := testkit.Client.Get(c.KeysURL())
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close(), c.Close()); err != nil {
			t.Fatal(err)
		}
		served[i] = string(body)
	}
	if !strings.Contains(served[0], `"alg":"RS256"`) || served[0] != served[1] {
		t.Errorf("got keys %q, want the same public key twice", served)
	}

	if c := start(t, cloud.Options{}); c.KeysURL() != "" {
		t.Errorf("got keys at %s without an address for them", c.KeysURL())
	}

	if err := os.WriteFile(filepath.Join(dir, "signing-key.pem"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := cloud.Start(t.Context(), cloud.Options{Path: dir}); err == nil {
		t.Errorf("a key that cannot be read was accepted")
		_ = c.Close()
	}
}

// TestCloud_key_address holds that an address which is taken is an error, and that all is given back.
func TestCloud_key_address(t *testing.T) {
	t.Parallel()
	first := start(t, cloud.Options{ListenKeys: "127.0.0.1:0"})
	taken := strings.Trim(strings.TrimPrefix(first.KeysURL(), "http:"), "/")
	if _, err := cloud.Start(t.Context(), cloud.Options{ListenKeys: taken}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v, want the address in use", err)
	}
}

// TestCloud_emptied_journal_is_refused empties the journal of a state that was in use: it is not taken for a new one, and stays as it
// is. A first start that was killed before or after the journal's file was made goes on.
func TestCloud_emptied_journal_is_refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	begin := func() error {
		t.Helper()
		c, err := cloud.Start(t.Context(), cloud.Options{Path: dir})
		if err == nil {
			err = c.Close()
		}
		return err
	}
	path := filepath.Join(dir, "cloud.journal")
	for _, killed := range []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(path+".lock", nil, 0o600) },
		func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700), killed(), begin()); err != nil {
			t.Fatalf("a first start that was killed: %v", err)
		}
	}
	if err := begin(); err != nil {
		t.Fatalf("a journal in which nothing happened: %v", err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := begin(); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("got %v, want %v", err, journal.ErrCorrupt)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("got %v, %v; want the file as it was", info, err)
	}
}

// TestCloud_torn_end_is_told starts on a journal whose last write was cut short: one warning says how much was cut off and where
// it is kept.
func TestCloud_torn_end_is_told(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "cloud.journal")
	c, err := cloud.Start(t.Context(), cloud.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err = c.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err = os.WriteFile(path, append(sound, 40, 0, 0, 0, 1, 2, 3, 4, 'F'), 0o600); err != nil {
		t.Fatal(err)
	}

	var logs bytes.Buffer
	start(t, cloud.Options{Path: dir, Logger: slog.New(slog.NewTextHandler(&logs, nil))})
	want := fmt.Sprintf("level=WARN msg=%q cut_bytes=9 left_bytes=%d kept_in=%s", "the journal had a torn end, which was cut off", len(sound), path)
	if strings.Count(logs.String(), "level=WARN") != 1 || !strings.Contains(logs.String(), want) {
		t.Errorf("got %s, want one line %s", logs.String(), want)
	}
}
