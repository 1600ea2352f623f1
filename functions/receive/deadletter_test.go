package receive_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
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
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	deadTopic = world.ProviderEvents + "-dead"
	alert     = `"level":"ERROR","msg":"a message that may be a shopper's cannot be read"`
	warning   = `"level":"WARN","msg":"a message cannot be read"`
)

// with changes one attribute.
func with(all map[string]string, name, value string) map[string]string {
	all[name] = value
	return all
}

// fixture is a callback of testdata.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// pushed delivers data under attributes as published now, and returns the answer's status.
func pushed(r *rig.Rig, data []byte, attrs map[string]string) int {
	return r.Push(r.Hooks.Receive, &pb.PubsubMessage{
		Data:        data,
		MessageId:   "7",
		PublishTime: timestamppb.New(r.Clock.Now()),
		Attributes:  attrs,
	}, 1)
}

// deadOf are the attributes of a dead letter of the rig's present.
func deadOf(attrs map[string]string) map[string]string {
	all := map[string]string{
		"source": world.ProviderEvents, "received": "2024-02-13T10:00:00Z",
		"CloudPubSubDeadLetterSourceDeliveryCount":       "1",
		"CloudPubSubDeadLetterSourceSubscription":        "rig",
		"CloudPubSubDeadLetterSourceSubscriptionProject": world.Project,
		"CloudPubSubDeadLetterSourceTopicPublishTime":    "2024-02-13T10:00:00Z",
	}
	maps.Copy(all, attrs)
	return all
}

// TestKeepsWhatNoParserReads has it published to the dead-letter topic at the first delivery, as it came, and acknowledged. One
// line tells of it, as an alert where a shopper's message may lie in it.
func TestKeepsWhatNoParserReads(t *testing.T) {
	t.Parallel()
	manyIDs, err := json.Marshal(provider.Event{Kind: provider.KindStatus, Status: &provider.StatusEvent{IDs: make([]string, 20)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, data string
		attrs      map[string]string
		line       string
	}{
		{"report_that_is_no_event", `[1]`, attributes(provider.KindStatus), warning},
		{"report_that_is_not_valid", string(manyIDs), attributes(provider.KindStatus), warning},
		{"report_not_utf8", "\xff", attributes(provider.KindStatus), warning},
		{"reply_that_is_no_event", `{"kind":7}`, attributes(provider.KindReply), alert},
		{"reply_without_its_content", `{"kind":"reply"}`, attributes(provider.KindReply), alert},
		{"reply_that_is_not_valid", `{"kind":"reply","at":-1,"reply":{"id":"a","type":"text"}}`, attributes(provider.KindReply), alert},
		{"kind_that_nobody_knows", `{"kind":"weather"}`, attributes("weather"), alert},
		{"attribute_that_is_no_name", `{"kind":"status"}`, with(attributes(provider.KindStatus), provider.AttributeApp, "a/b"), warning},
		{"raw_not_utf8", "\xff", attributes(provider.KindRaw), alert},
		{"raw_of_unknown_provider", `{}`, with(attributes(provider.KindRaw), provider.AttributeProvider, "courier"), alert},
		{"raw_of_provider_without_callbacks", `{}`, with(attributes(provider.KindRaw), provider.AttributeProvider, businessonbot.Name), alert},
		{"raw_of_app_that_is_not_installed", `{}`, with(attributes(provider.KindRaw), provider.AttributeApp, "gupshup-other"), alert},
		{"raw_of_unknown_account", `{}`, with(attributes(provider.KindRaw), provider.AttributeAccount, "999"), alert},
		{"raw_that_no_parser_knows", `["weather"]`, attributes(provider.KindRaw), alert},
		{"unknown_of_an_older_webhook", `{"kind":"unknown","raw":["weather"]}`, attributes(provider.KindUnknown), alert},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})

			if code := pushed(r, []byte(tc.data), tc.attrs); code != http.StatusNoContent {
				t.Fatalf("got %d, want 204: %s", code, r.Logs)
			}

			kept := r.Published(deadTopic)
			if len(kept) != 1 || string(kept[0].GetData()) != tc.data {
				t.Fatalf("got %v, want the message as it came", kept)
			}
			want := deadOf(tc.attrs)
			if tc.name == "attribute_that_is_no_name" {
				want[provider.AttributeApp] = "unreadable"
			}
			if diff := cmp.Diff(want, kept[0].GetAttributes()); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			log := r.Logs.String()
			if !strings.Contains(log, tc.line) || strings.Count(log, "cannot be read") != 1 || !strings.Contains(log, `"result":"unreadable"`) {
				t.Errorf("got log %s, want one line %s", log, tc.line)
			}
			if strings.Contains(log, "weather\"]") {
				t.Errorf("the log shows a value: %s", log)
			}
		})
	}
}

// TestKeepsOnlyTheItemsThatNoParserReads deals with the others first, at every provider.
func TestKeepsOnlyTheItemsThatNoParserReads(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		provider, fixture string
		replies           []string
		line              string
	}{
		{gupshup.Name, "gupshup/webhook/v3_stop_beside_odd", []string{"wamid.TESTIN0011"}, alert},
		{gupshup.Name, "gupshup/webhook/preference_stop_beside_others", nil, alert},
		{meta.Name, "meta/webhook/text_of_another_form", []string{"wamid.HBgMSU5CVVRUTA"}, alert},
		{meta.Name, "meta/webhook/messages_without_list", []string{"wamid.HBgMSU5CVVRUTA"}, warning},
		{meta.Name, "meta/webhook/odd_entries", []string{"wamid.HBgMSU5CVVRUTA"}, alert},
		{kaleyra.Name, "kaleyra/webhook/messages_one_of_them_odd", []string{"wamid.IN4"}, alert},
		{kaleyra.Name, "kaleyra/webhook/text_within_message_beside_odd", []string{"wamid.IN10"}, alert},
	} {
		t.Run(strings.ReplaceAll(tc.fixture, "/", "_"), func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: tc.provider})
			origin := provider.Origin{Provider: tc.provider, AppID: r.Vendor.AppID(), AccountID: rig.BrandID}
			r.ChangeAccount(func(a *account.Account) {
				app := a.Apps[origin.AppID]
				if tc.provider == meta.Name {
					app.ProviderIDs = map[string]string{meta.KeyPhoneNumberID: "118200334455667", meta.KeyWABAID: "204411990088"}
				}
				a.Apps[origin.AppID] = app
			})

			if code := pushed(r, fixture(t, tc.fixture), origin.Attributes(provider.KindRaw)); code != http.StatusNoContent {
				t.Fatalf("got %d, want 204: %s", code, r.Logs)
			}

			for _, id := range tc.replies {
				if _, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(tc.provider, origin.AppID, id)); err != nil {
					t.Errorf("reply %s: %v", id, err)
				}
			}
			kept := r.Published(deadTopic)
			if len(kept) != 1 || !sameJSON(t, rest(t, tc.fixture), kept[0].GetData()) {
				t.Fatalf("got %v, want the items that cannot be read", kept)
			}
			if diff := cmp.Diff(deadOf(origin.Attributes(provider.KindRaw)), kept[0].GetAttributes()); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if log := r.Logs.String(); !strings.Contains(log, tc.line) || strings.Contains(log, "919000000007") || strings.Contains(log, "STOP") {
				t.Errorf("got log %s, want %s and no value", log, tc.line)
			}

			// Published again before a parser is mended, it comes back the same and does nothing twice.
			r.Clock.Advance(time.Hour)
			if code := pushed(r, kept[0].GetData(), kept[0].GetAttributes()); code != http.StatusNoContent {
				t.Fatalf("again: got %d, want 204", code)
			}
			again := r.Published(deadTopic)
			if len(again) != 2 || !bytes.Equal(again[1].GetData(), kept[0].GetData()) || again[1].GetAttributes()["received"] != "2024-02-13T10:00:00Z" {
				t.Errorf("again: got %v, want the same, received when it was", again)
			}
		})
	}
}

// rest is what a fixture's want file says that no parser reads.
func rest(t *testing.T, name string) []byte {
	t.Helper()
	var events []provider.Event
	if err := json.Unmarshal(fixture(t, name+".want"), &events); err != nil {
		t.Fatal(err)
	}
	return events[len(events)-1].Raw
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return cmp.Equal(x, y)
}

// TestReplay has a dead letter that a parser reads by now be published again: it is dealt with as of the time when it was
// received, so that a STOP of last week does not count as one of today.
func TestReplay(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	lastWeek := r.Clock.Now().Add(-7 * 24 * time.Hour)
	for _, tc := range []struct {
		id    string
		attrs map[string]string
		want  time.Time
	}{
		{"wamid.KEPT", map[string]string{"received": lastWeek.Format(time.RFC3339Nano)}, lastWeek},
		{"wamid.GIVEN_UP", map[string]string{"CloudPubSubDeadLetterSourceTopicPublishTime": lastWeek.Format(time.RFC3339Nano)}, lastWeek},
		{"wamid.NEW", nil, r.Clock.Now()},
	} {
		attrs := attributes(provider.KindRaw)
		maps.Copy(attrs, tc.attrs)
		body := bytes.Replace(fixture(t, "gupshup/webhook/text_message"), []byte("wamid.TESTIN0001"), []byte(tc.id), 1)
		body = bytes.Replace(body, []byte(`"timestamp"`), []byte(`"t"`), 1) // so that it names no time of its own
		if code := pushed(r, body, attrs); code != http.StatusNoContent {
			t.Fatalf("%s: got %d, want 204: %s", tc.id, code, r.Logs)
		}

		reply, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(gupshup.Name, rig.AppID, tc.id))
		if err != nil || !reply.ReceivedAt.Equal(tc.want) || !reply.At.Equal(tc.want) {
			t.Errorf("%s: got a reply of %s, received at %s, %v, want both %s", tc.id, reply.At, reply.ReceivedAt, err, tc.want)
		}
	}
	if kept := r.Published(deadTopic); len(kept) != 0 {
		t.Errorf("got %d dead letters, want none", len(kept))
	}
}

// TestReplayAtThePlatformsApp reads a body by the ids of the app of any account that has it.
func TestReplayAtThePlatformsApp(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	origin := provider.Origin{Provider: meta.Name, AppID: r.Vendor.AppID()}
	body := fixture(t, "meta/webhook/text")
	body = bytes.ReplaceAll(body, []byte("118200334455667"), []byte(rig.MetaNumberID))
	body = bytes.ReplaceAll(body, []byte("204411990088"), []byte(r.Vendor.Installed().ProviderIDs[meta.KeyWABAID]))
	if code := pushed(r, body, origin.Attributes(provider.KindRaw)); code != http.StatusNoContent {
		t.Fatalf("got %d, want 204", code)
	}
	events, err := meta.New(meta.Config{}).ParseWebhook(provider.App{}, body)
	r.Must(err)
	if _, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(meta.Name, origin.AppID, events[0].Reply.ID)); err != nil {
		t.Errorf("the reply is not stored: %v; %s", err, r.Logs)
	}
}

// TestNewerEvent is left for a newer build, whatever else it holds, and is not given up.
func TestNewerEvent(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	for _, data := range []string{
		`{"schema":99,"kind":"reply","reply":{"id":"a","type":"text","text":"STOP"}}`,
		`{"schema":99,"kind":"weather"}`,
		`{"schema":98,"kind":["reply"],"at":"noon"}`,
	} {
		if code := pushed(r, []byte(data), attributes(provider.KindReply)); code != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d, want 503", data, code)
		}
	}
	if kept := r.Published(deadTopic); len(kept) != 0 {
		t.Errorf("got %d dead letters, want none", len(kept))
	}
}

// TestFailuresOfOursAreNoDeadLetters: they are delivered again, and what no parser reads is kept once all else is dealt with.
func TestFailuresOfOursAreNoDeadLetters(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		rule cloud.Rule
	}{
		{"reply_not_written", cloud.Rule{Method: "Commit", Match: "replies", Mode: cloud.FailBefore}},
		{"not_kept", cloud.Rule{Method: "Publisher/Publish", Mode: cloud.FailBefore}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			tc.rule.Code = codes.PermissionDenied
			rule, err := r.Cloud.Rules().Add(tc.rule)
			r.Must(err)
			body := fixture(t, "gupshup/webhook/v3_stop_beside_odd")
			if code := pushed(r, body, attributes(provider.KindRaw)); code < http.StatusInternalServerError {
				t.Errorf("got %d, want a 5xx", code)
			}
			if kept := r.Published(deadTopic); len(kept) != 0 {
				t.Errorf("got %d dead letters, want none yet", len(kept))
			}

			r.Cloud.Rules().Remove(rule)
			if code := pushed(r, body, attributes(provider.KindRaw)); code != http.StatusNoContent {
				t.Errorf("again: got %d, want 204", code)
			}
			if kept := r.Published(deadTopic); len(kept) != 1 {
				t.Errorf("again: got %d dead letters, want one", len(kept))
			}
		})
	}
}

// TestYoungReportBesideWhatNoParserReads is delivered again until the message is known or no more waited for, and only then is
// the rest kept.
func TestYoungReportBesideWhatNoParserReads(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Version: 3})
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[7,` +
		`{"id":"wamid.FOREIGN","status":"sent","timestamp":"1707818400","recipient_id":"919000000007"}]}}]}]}`)
	attrs := with(attributes(provider.KindRaw), "received", r.Clock.Now().Format(time.RFC3339Nano))
	if code := pushed(r, body, attrs); code != http.StatusNotFound || len(r.Published(deadTopic)) != 0 {
		t.Errorf("young: got %d and %d dead letters, want 404 and none", code, len(r.Published(deadTopic)))
	}
	r.Clock.Advance(20 * time.Second)
	if code := pushed(r, body, attrs); code != http.StatusNoContent || len(r.Published(deadTopic)) != 1 {
		t.Errorf("old: got %d and %d dead letters, want 204 and one", code, len(r.Published(deadTopic)))
	}
}

// TestRawWithAnEventThatIsNotValid keeps the body for that event's sake.
func TestRawWithAnEventThatIsNotValid(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	body := bytes.ReplaceAll(fixture(t, "gupshup/webhook/delivered"), []byte("wamid.TESTOUT0001"), bytes.Repeat([]byte("x"), 600))
	if code := pushed(r, body, attributes(provider.KindRaw)); code != http.StatusNoContent {
		t.Errorf("got %d, want 204: %s", code, r.Logs)
	}
	if kept := r.Published(deadTopic); len(kept) != 1 || !bytes.Equal(kept[0].GetData(), body) || !strings.Contains(r.Logs.String(), warning) {
		t.Errorf("got %v, want the body; %s", kept, r.Logs)
	}
}

// TestIgnored is acknowledged, and is no dead letter.
func TestIgnored(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	data, err := json.Marshal(provider.Ignored())
	r.Must(err)
	if code := pushed(r, data, attributes(provider.KindIgnored)); code != http.StatusNoContent || len(r.Published(deadTopic)) != 0 {
		t.Errorf("got %d and %d dead letters, want 204 and none", code, len(r.Published(deadTopic)))
	}
}

// TestRawWithTwoFaultsKeepsBoth has a STOP that is not valid stand before an item that no parser reads: the whole body is kept, and
// since a shopper's message lies in it, that is an alert.
func TestRawWithTwoFaultsKeepsBoth(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	body := fmt.Appendf(nil, `{"object":"whatsapp_business_account","gs_app_id":%q,"entry":[{"id":"1","time":1707818441,"changes":[`+
		`{"field":"messages","value":{"messages":[{"id":"%s","from":"919000000001","timestamp":"1707818441","type":"text","text":{"body":"STOP"}}],"statuses":[7]}}]}]}`,
		rig.GupshupAppID, strings.Repeat("x", 600))
	if code := pushed(r, body, attributes(provider.KindRaw)); code != http.StatusNoContent {
		t.Errorf("got %d, want 204: %s", code, r.Logs)
	}
	if kept := r.Published(deadTopic); len(kept) != 1 || !bytes.Equal(kept[0].GetData(), body) {
		t.Errorf("got %v, want the whole body; %s", kept, r.Logs)
	}
	if !strings.Contains(r.Logs.String(), "a message that may be a shopper's cannot be read") {
		t.Errorf("no alert: %s", r.Logs)
	}
}
