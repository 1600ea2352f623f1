package provider

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

func fieldOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Field
}

func TestOriginOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, value, want string }{
		{"app", "gupshup-neem", ""},
		{"app", "", ""},
		{"app", "a_b.C:9", ""},
		{"app", "a/b", "message.attributes.app"},
		{"app", "\xff", "message.attributes.app"},
		{"app", "नीम", "message.attributes.app"},
		{"account", strings.Repeat("1", maxWord), ""},
		{"account", strings.Repeat("1", maxWord+1), "message.attributes.account"},
		{"provider", "gup shup", "message.attributes.provider"},
		{"kind", "any thing/at all", ""},
	} {
		_, err := OriginOf(map[string]string{tc.name: tc.value})
		if got := fieldOf(err); got != tc.want {
			t.Errorf("%s %q: got %q, want %q", tc.name, tc.value, got, tc.want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	long, ids := strings.Repeat("x", maxID+1), make([]string, maxIDs+1)
	status := func(ids ...string) Event {
		return Event{Kind: KindStatus, Status: &StatusEvent{IDs: ids, Status: message.StatusSent}}
	}
	reply := func(r ReplyEvent) Event { return Event{Kind: KindReply, Reply: &r} }
	for _, tc := range []struct {
		name  string
		event Event
		app   string
		size  int
		want  string
	}{
		{"status", status("a", "b"), "x", 100, ""},
		{"status_of_no_app", status("a"), "", 100, "message.attributes.app"},
		{"status_without_content", Event{Kind: KindStatus}, "x", 100, "message.data.status"},
		{"price_without_content", Event{Kind: KindBilling}, "x", 100, "message.data.billing"},
		{"reply_without_content", Event{Kind: KindReply}, "x", 100, "message.data.reply"},
		{"reply_without_id", reply(ReplyEvent{Text: "STOP"}), "x", 100, "message.data.reply"},
		{"template_without_content", Event{Kind: KindTemplate}, "x", 100, "message.data.template"},
		{"account_without_content", Event{Kind: KindAccount}, "x", 100, "message.data.account"},
		{"preference_without_content", Event{Kind: KindPreference}, "x", 100, "message.data.preference"},
		{"ignored_of_no_app", Ignored(), "", 100, ""},
		{"longest_id", status(long[1:]), "x", 100, ""},
		{"long_id", status("a", long), "x", 100, "message.data.status.ids"},
		{"many_ids", status(ids...), "x", 100, "message.data.status.ids"},
		{"large_status", status("a"), "x", maxFacts + 1, "message.data.status"},
		{"reply", reply(ReplyEvent{ID: "a"}), "x", maxReply, ""},
		{"large_reply", reply(ReplyEvent{ID: "a"}), "x", maxReply + 1, "message.data.reply"},
		{"long_reply_id", reply(ReplyEvent{ID: long}), "x", 100, "message.data.reply.id"},
		{"long_context", reply(ReplyEvent{ID: "a", ContextIDs: []string{long}}), "x", 100, "message.data.reply.contextIds"},
		{"heartbeat_of_no_app", Event{Kind: KindHeartbeat, At: 1}, "", 100, ""},
		{"large_unknown", Event{Kind: KindUnknown}, "x", 9 << 20, ""},
		{"large_template", Event{Kind: KindTemplate, Template: &TemplateEvent{}}, "x", maxFacts + 1, "message.data.template"},
		{"no_kind", Event{}, "x", 100, "message.data.kind"},
		{"other_kind", Event{Kind: "weather"}, "x", 100, "message.data.kind"},
		{"last_time", Event{Kind: KindUser, At: lastMillis}, "", 100, ""},
		{"time_after_all", Event{Kind: KindUser, At: math.MaxInt64}, "", 100, "message.data.at"},
		{"time_before_all", Event{Kind: KindUser, ReceivedAt: -1}, "", 100, "message.data.receivedAt"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := fieldOf(tc.event.Validate(Origin{AppID: tc.app}, tc.size))
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
