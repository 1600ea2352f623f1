package wire_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

var (
	start   = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	project = config.Project{ID: testkit.Project}
)

func newFunction(t *testing.T) (boot.Function, *cloud.Cloud) {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	return testkit.Function(t, local, clk, &testkit.Log{}, nil), local
}

func TestPartsCloseWithTheLifecycle(t *testing.T) {
	t.Parallel()
	f, local := newFunction(t)
	if err := local.EnsureTopics(t.Context(), "projects/"+testkit.Project+"/topics/order-events"); err != nil {
		t.Fatalf("topics: %v", err)
	}
	db, err := wire.Store(t.Context(), f, project)
	if err != nil {
		t.Fatalf("Store: %v", err)
	}
	topics := wire.Queue(f, project)
	events := wire.Publisher(f, topics, "order-events", queue.Options{})
	message := queue.Message{Data: []byte(`{}`)}

	if err := db.PutAccount(t.Context(), account.Account{ID: "811", Slug: "neem-and-co"}); err != nil {
		t.Errorf("store: %v", err)
	}
	if id, err := events.Publish(t.Context(), message); err != nil || id == "" {
		t.Errorf("publish: got id %q, %v", id, err)
	}

	if err := f.Lifecycle.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := events.Publish(t.Context(), message); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("publish after the close: got %v, want ErrClosed", err)
	}
	if _, err := db.Account(t.Context(), "811"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("store after the close: got %v, want a failure", err)
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	cfg := httpx.ClientConfig{RequestTimeout: 7 * time.Second}
	if c := wire.Client(boot.Function{}, cfg); c.Timeout != 7*time.Second || c.Transport == nil {
		t.Errorf("got %+v, want the timeout and the tuned transport", c)
	}
	own := &http.Transport{}
	if c := wire.Client(boot.Function{Transport: own}, cfg); c.Transport != own {
		t.Errorf("got %v, want the function's own transport", c.Transport)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const long, short = "a key of sixteen bytes or more", "hunter2"
	names := wire.KeysConfig{Phone: wire.PhoneKey{Secret: "phone-key"}, Occurrence: "occurrence-key", Reference: wire.ReferenceKey{Secret: "reference-key"}}
	for _, tc := range []struct {
		name    string
		secrets map[string]string
		want    string
		kind    fault.Kind
	}{
		{"all", map[string]string{"phone-key": long, "occurrence-key": long, "reference-key": long}, "", fault.Internal},
		{"no_phone_key", map[string]string{"occurrence-key": long, "reference-key": long}, "phone-key", fault.Internal},
		{"no_reference_key", map[string]string{"phone-key": long, "occurrence-key": long}, "reference-key", fault.Internal},
		{"short_phone_key", map[string]string{"phone-key": short, "occurrence-key": long, "reference-key": long}, "phone-key", fault.Internal},
		{"short_occurrence_key", map[string]string{"phone-key": long, "occurrence-key": short, "reference-key": long}, "occurrence-key", fault.Internal},
		{"short_reference_key", map[string]string{"phone-key": long, "occurrence-key": long, "reference-key": short}, "reference-key", fault.Internal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f, local := newFunction(t)
			for id, value := range tc.secrets {
				if err := local.Secrets().Put(t.Context(), testkit.Project, id, value); err != nil {
					t.Fatal(err)
				}
			}

			secrets := wire.Secrets(f, project, secret.Config{})
			_, err := wire.Keys(secrets, names).Get(t.Context())
			if tc.want == "phone-key" || tc.want == "reference-key" {
				part := wire.CallbackKeysConfig{Phone: names.Phone, Reference: names.Reference}
				if _, failed := wire.CallbackKeys(secrets, part).Get(t.Context()); failed == nil || failed.Error() != err.Error() {
					t.Errorf("callbacks' keys: got %v, want %v", failed, err)
				}
			}

			if (err == nil) != (tc.want == "") {
				t.Fatalf("got %v, want an error %v", err, tc.want != "")
			}
			if err != nil && (!contains(err, tc.want) || contains(err, short) || fault.KindOf(err) != tc.kind) {
				t.Errorf("got %v of kind %v, want one of kind %v that names %s and shows no value", err, fault.KindOf(err), tc.kind, tc.want)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	f, _ := newFunction(t)
	got := wire.Settings(f, settings.Config{TTL: time.Second})
	if got.TTL != time.Second || got.Clock != f.Clock {
		t.Errorf("got %+v, want the configuration's time and the function's clock", got)
	}
}

func TestCheckLease(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                       string
		call, request, lease, acks time.Duration
		want                       string
	}{
		{"in_order", 1, 2, 3, 4, ""},
		{"call_as_long_as_request", 2, 2, 3, 4, "PROVIDER_TIMEOUT must be less than REQUEST_TIMEOUT"},
		{"request_as_long_as_lease", 1, 3, 3, 4, "REQUEST_TIMEOUT must be less than LEASE"},
		{"lease_as_long_as_deadline", 1, 2, 4, 4, "LEASE must be less than ACK_DEADLINE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := wire.CheckLease(
				provider.CallConfig{Timeout: tc.call},
				httpx.ClientConfig{RequestTimeout: tc.request},
				outcome.Limits{Lease: tc.lease},
				boot.PushConfig{AckDeadline: tc.acks},
			)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
		})
	}
}

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }
