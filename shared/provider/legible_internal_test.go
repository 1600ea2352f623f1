package provider

import "testing"

func TestLegible(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		reply ReplyEvent
		want  bool
	}{
		{"text", ReplyEvent{From: "919000000007", Type: "text", Text: "STOP"}, true},
		{"text_under_a_user_id", ReplyEvent{UserID: "IN.1", Type: "text", Text: "STOP"}, true},
		{"answer_of_a_hidden_number", ReplyEvent{ContextIDs: []string{"a"}, Type: "text", Text: "STOP"}, true},
		{"picture", ReplyEvent{From: "919000000007", Type: "image"}, true},
		{"tap_with_a_payload_only", ReplyEvent{From: "919000000007", Type: "button", Tap: true, Postback: "x"}, true},
		{"tap_that_says_nothing", ReplyEvent{From: "919000000007", Type: "button", Tap: true}, false},
		{"text_without_text", ReplyEvent{From: "919000000007", Type: "text"}, false},
		{"edit_without_its_new_text", ReplyEvent{From: "919000000007", Type: "edit"}, false},
		{"text_of_nobody", ReplyEvent{Type: "text", Text: "STOP"}, false},
	} {
		if got := tc.reply.legible(); got != tc.want {
			t.Errorf("%s: got %t, want %t", tc.name, got, tc.want)
		}
	}
}
