package receive_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// build returns the function on the rig's cloud, for its pushes only. It knows no address of the order platform or of a
// provider, since it calls none.
func build(t *testing.T, r *rig.Rig, change map[string]string) (http.Handler, error) {
	t.Helper()
	vars := world.PushEnvironment(r.Cloud.KeysURL())
	vars["GOOGLE_CLOUD_PROJECT"], vars["PLATFORM_BASE_URL"] = world.Project, "https://platform.example.com"
	maps.Copy(vars, change)
	return receive.New(t.Context(), testkit.Function(t, r.Cloud, r.Clock, r.Logs, vars))
}

// attributes are those of the rig's own app.
func attributes(kind provider.Kind) map[string]string {
	return provider.Origin{Provider: gupshup.Name, AppID: rig.AppID, AccountID: rig.BrandID}.Attributes(kind)
}

// statusOf is a delivery report of a message as webhook publishes it.
func statusOf(t *testing.T, id string, s message.Status, at time.Time) []byte {
	t.Helper()
	data, err := json.Marshal(provider.Event{
		Kind:       provider.KindStatus,
		At:         at.UnixMilli(),
		ReceivedAt: at.UnixMilli(),
		Status:     &provider.StatusEvent{IDs: []string{id}, Status: s, Recipient: rig.Shopper},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	h, err := build(t, r, nil)
	r.Must(err)
	token := r.Cloud.Tokens().Token(world.PushAccount, world.PushAudience)
	push := func(data string, attrs map[string]string) []byte {
		return rig.PushBody(&pb.PubsubMessage{Data: []byte(data), MessageId: "7", Attributes: attrs}, 1)
	}
	sound := push(string(statusOf(t, "id", message.StatusSent, rig.Start)), attributes(provider.KindStatus))
	for _, tc := range []struct {
		name, method, token string
		body                []byte
		want                int
	}{
		{"method", http.MethodGet, token, sound, http.StatusMethodNotAllowed},
		{"no_token", http.MethodPost, "", sound, http.StatusUnauthorized},
		{"wrong_token", http.MethodPost, "guess", sound, http.StatusUnauthorized},
		{"too_large", http.MethodPost, token, bytes.Repeat([]byte(" "), queue.MaxPushBody+1), http.StatusRequestEntityTooLarge},
		{"envelope_not_utf8", http.MethodPost, token, []byte("{\"message\":\"\xff\"}"), http.StatusBadRequest},
		{"undecodable_envelope", http.MethodPost, token, []byte(`{"message":{"data":"%"}}`), http.StatusBadRequest},
		{"message_not_known_yet", http.MethodPost, token, sound, http.StatusNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequestWithContext(t.Context(), tc.method, "/", bytes.NewReader(tc.body))
			if tc.token != "" {
				req.Header.Set("Authorization", "Bearer "+tc.token)
			}
			if got := testkit.Serve(h, req); got.Status != tc.want {
				t.Errorf("got %d %s, want %d", got.Status, got.Body, tc.want)
			}
		})
	}
}

// sent returns a rig whose message the provider has taken, and the provider's id of it.
func sent(t *testing.T) (r *rig.Rig, id string) {
	t.Helper()
	r = rig.New(t, rig.Options{})
	r.HeldBack = true
	r.Hand(r.Hooks, r.First())
	m := r.Sole(t)
	a := m.Newest()
	if len(a.IDs) == 0 {
		t.Fatalf("the provider gave no id: %s", r.Logs)
	}
	return r, a.IDs[0]
}

// tell delivers an event of the rig's own app.
func tell(r *rig.Rig, h http.Handler, kind provider.Kind, data []byte) int {
	return r.Push(h, &pb.PubsubMessage{
		Data:        data,
		MessageId:   "7",
		PublishTime: timestamppb.New(r.Clock.Now()),
		Attributes:  attributes(kind),
	}, 1)
}

func TestStatusAndDuplicate(t *testing.T) {
	t.Parallel()
	r, id := sent(t)
	delivered := statusOf(t, id, message.StatusDelivered, r.Clock.Now())
	late := statusOf(t, id, message.StatusSent, r.Clock.Now())
	for _, told := range []struct {
		name string
		data []byte
	}{{"delivered", delivered}, {"repeated", delivered}, {"late", late}} {
		if code := tell(r, r.Hooks.Receive, provider.KindStatus, told.data); code != http.StatusNoContent {
			t.Errorf("%s: got %d, want 204", told.name, code)
		}
	}

	if got := r.Sole(t).Status(); got != message.StatusDelivered {
		t.Errorf("got status %s, want delivered: a late report does not undo it", got)
	}
	if strings.Contains(r.Logs.String(), rig.Shopper) {
		t.Errorf("the log shows the shopper's number: %s", r.Logs)
	}
}

// TestRaw reads bodies that webhook could not read, now that a parser can.
func TestRaw(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	body, err := os.ReadFile("../../testdata/gupshup/webhook/text_message.json")
	if err != nil {
		t.Fatal(err)
	}
	if code := tell(r, r.Hooks.Receive, provider.KindRaw, body); code != http.StatusNoContent {
		t.Errorf("got %d, want 204: %s", code, r.Logs)
	}

	events, err := gupshup.New(gupshup.Config{}).ParseWebhook(provider.App{ID: rig.AppID}, body)
	if err != nil || len(events) != 1 || events[0].Reply == nil {
		t.Fatalf("got events %v, %v, want one reply", events, err)
	}
	reply, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(gupshup.Name, rig.AppID, events[0].Reply.ID))
	if err != nil || !reply.ReceivedAt.Equal(r.Clock.Now()) {
		t.Errorf("got reply received at %v, %v, want it stored as of its publishing", reply.ReceivedAt, err)
	}
}

// TestRawSaidAgainWithoutIDAndTime has a shopper write STOP, START and STOP on three days, in bodies that name neither an id nor a time and
// that webhook could not read. Each counts, and is the same however often and whenever it is delivered.
func TestRawSaidAgainWithoutIDAndTime(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: kaleyra.Name})
	r.SubscribeShopper(consent.Grant)
	origin := provider.Origin{Provider: kaleyra.Name, AppID: r.Vendor.AppID(), AccountID: rig.BrandID}
	say := func(word string, received time.Time) {
		attrs := origin.Attributes(provider.KindRaw)
		attrs["received"] = received.Format(time.RFC3339Nano)
		if code := pushed(r, []byte(`{"from":"`+rig.Shopper+`","type":"text","body":"`+word+`"}`), attrs); code != http.StatusNoContent {
			t.Fatalf("got %d, want 204: %s", code, r.Logs)
		}
	}

	for _, word := range []string{"STOP", "START", "STOP"} {
		r.Clock.Advance(24 * time.Hour)
		say(word, r.Clock.Now())
		r.Clock.Advance(time.Hour)
		say(word, r.Clock.Now().Add(-time.Hour))
	}
	state, entries := r.CheckChain(t)
	if state.Status != consent.Inactive || len(entries) != 4 {
		t.Errorf("got status %s and %d entries, want %s and 4: %s", state.Status, len(entries), consent.Inactive, r.Logs)
	}
}

// TestBackendDown has each backend fail: the event is delivered again, and is then applied.
func TestBackendDown(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		rule cloud.Rule
	}{
		{"message_not_found", cloud.Rule{Method: "RunQuery", Mode: cloud.FailBefore}},
		{"status_not_written", cloud.Rule{Method: "Commit", Match: "messages", Mode: cloud.FailBefore}},
		{"outcome_not_published", cloud.Rule{Method: "Publisher/Publish", Mode: cloud.FailBefore}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, id := sent(t)
			delivered := statusOf(t, id, message.StatusDelivered, r.Clock.Now())
			tc.rule.Code = codes.PermissionDenied
			rule, err := r.Cloud.Rules().Add(tc.rule)
			r.Must(err)

			if code := tell(r, r.Hooks.Receive, provider.KindStatus, delivered); code < http.StatusInternalServerError {
				t.Errorf("got %d, want a 5xx", code)
			}

			r.Cloud.Rules().Remove(rule)
			if code := tell(r, r.Hooks.Receive, provider.KindStatus, delivered); code != http.StatusNoContent {
				t.Errorf("again: got %d, want 204", code)
			}
			if diff := cmp.Diff(message.StatusDelivered, r.Sole(t).Status()); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRawOfAnAppUninstalledSince holds a stop in a body that was kept for longer than its app was installed.
func TestRawOfAnAppUninstalledSince(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.SubscribeShopper(consent.Grant)
	r.ChangeAccount(func(a *account.Account) { a.Apps, a.Sender = nil, "" })
	body := fixture(t, "gupshup/webhook/text_message")
	body = bytes.ReplaceAll(body, []byte("919000000007"), []byte(rig.Shopper))
	body = bytes.ReplaceAll(body, []byte("Please come after six – ஆறு மணிக்கு"), []byte("STOP"))

	if code := tell(r, r.Hooks.Receive, provider.KindRaw, body); code != http.StatusNoContent {
		t.Errorf("got %d, want 204: %s", code, r.Logs)
	}

	if state, _ := r.CheckChain(t); state.Status != consent.Inactive {
		t.Errorf("got status %s, want %s: %s", state.Status, consent.Inactive, r.Logs)
	}
}

// TestRawWithoutTheAccountsStore has a body delivered again that can only be read with the ids of its app.
func TestRawWithoutTheAccountsStore(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	_, err := r.Cloud.Rules().Add(cloud.Rule{Method: "BatchGetDocuments", Match: "accounts", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
	r.Must(err)
	origin := provider.Origin{Provider: meta.Name, AppID: r.Vendor.AppID(), AccountID: rig.BrandID}
	if code := pushed(r, []byte(`{}`), origin.Attributes(provider.KindRaw)); code < http.StatusInternalServerError {
		t.Errorf("got %d, want a 5xx: the body is delivered again", code)
	}
}

// TestRawOfAnAppWithoutIDs holds that a body that may tell of several apps is not read without knowing whose it is.
func TestRawOfAnAppWithoutIDs(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[r.Vendor.AppID()]
		app.ProviderIDs = nil
		a.Apps[r.Vendor.AppID()] = app
	})
	origin := provider.Origin{Provider: meta.Name, AppID: r.Vendor.AppID(), AccountID: rig.BrandID}

	if code := pushed(r, fixture(t, "meta/webhook/text"), origin.Attributes(provider.KindRaw)); code != http.StatusNoContent {
		t.Errorf("got %d, want 204: %s", code, r.Logs)
	}

	if kept := r.Published(deadTopic); len(kept) != 1 {
		t.Errorf("got %d dead letters, want the body: %s", len(kept), r.Logs)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	_, err := build(t, r, map[string]string{"ACK_DEADLINE": "1s"})
	if err == nil || err.Error() != "REQUEST_TIMEOUT must be less than ACK_DEADLINE" {
		t.Errorf("got %v, want the variables named", err)
	}
}
