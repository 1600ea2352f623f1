package receive

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func fieldOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Field
}

func TestCheckAttributes(t *testing.T) {
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
		if got := fieldOf(checkAttributes(map[string]string{tc.name: tc.value})); got != tc.want {
			t.Errorf("%s %q: got %q, want %q", tc.name, tc.value, got, tc.want)
		}
	}
}

func TestCheckEvent(t *testing.T) {
	t.Parallel()
	long, ids := strings.Repeat("x", maxID+1), make([]string, maxIDs+1)
	status := func(ids ...string) provider.Event {
		return provider.Event{Kind: provider.KindStatus, Status: &provider.StatusEvent{IDs: ids, Status: message.StatusSent}}
	}
	reply := func(r provider.ReplyEvent) provider.Event { return provider.Event{Kind: provider.KindReply, Reply: &r} }
	for _, tc := range []struct {
		name  string
		event provider.Event
		app   string
		size  int
		want  string
	}{
		{"status", status("a", "b"), "x", 100, ""},
		{"status_of_no_app", status("a"), "", 100, "message.attributes.app"},
		{"status_without_content", provider.Event{Kind: provider.KindStatus}, "x", 100, ""},
		{"longest_id", status(long[1:]), "x", 100, ""},
		{"long_id", status("a", long), "x", 100, "message.data.status.ids"},
		{"many_ids", status(ids...), "x", 100, "message.data.status.ids"},
		{"large_status", status("a"), "x", maxFacts + 1, "message.data.status"},
		{"reply", reply(provider.ReplyEvent{ID: "a"}), "x", maxReply, ""},
		{"large_reply", reply(provider.ReplyEvent{ID: "a"}), "x", maxReply + 1, "message.data.reply"},
		{"long_reply_id", reply(provider.ReplyEvent{ID: long}), "x", 100, "message.data.reply.id"},
		{"long_context", reply(provider.ReplyEvent{ID: "a", ContextIDs: []string{long}}), "x", 100, "message.data.reply.contextIds"},
		{"heartbeat_of_no_app", provider.Event{Kind: provider.KindHeartbeat, At: 1}, "", 100, ""},
		{"large_unknown", provider.Event{Kind: provider.KindUnknown}, "x", 9 << 20, ""},
		{"large_template", provider.Event{Kind: provider.KindTemplate}, "x", maxFacts + 1, "message.data.template"},
		{"no_kind", provider.Event{}, "x", 100, "message.data.kind"},
		{"other_kind", provider.Event{Kind: "weather"}, "x", 100, "message.data.kind"},
		{"last_time", provider.Event{Kind: provider.KindUser, At: lastMillis}, "", 100, ""},
		{"time_after_all", provider.Event{Kind: provider.KindUser, At: math.MaxInt64}, "", 100, "message.data.at"},
		{"time_before_all", provider.Event{Kind: provider.KindUser, ReceivedAt: -1}, "", 100, "message.data.receivedAt"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := fieldOf(checkEvent(dispatch.Callback{AppID: tc.app, Event: tc.event}, tc.size))
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
