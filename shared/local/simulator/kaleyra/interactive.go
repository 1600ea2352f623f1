package kaleyra

import "unicode/utf8"

// WhatsApp's limits of a text with reply buttons, in characters (shared/provider/meta/CONTRACT.md section 2.2).
const (
	maxReplies    = 3
	maxReplyTitle = 20
	maxReplyID    = 256
)

// interactive is a text with reply buttons.
type interactive struct {
	Type string `json:"type"`
	Body struct {
		Text string `json:"text"`
	} `json:"body"`
	Action struct {
		Buttons []struct {
			Type  string `json:"type"`
			Reply choice `json:"reply"`
		} `json:"buttons"`
	} `json:"action"`
}

// choice is a reply button.
type choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// sound checks the form of a text with buttons.
func (i *interactive) sound() bool {
	if i == nil || i.Type != "button" || !within(i.Body.Text, maxFilled) || len(i.Action.Buttons) == 0 || len(i.Action.Buttons) > maxReplies {
		return false
	}

	ids, titles := map[string]bool{}, map[string]bool{}
	for _, b := range i.Action.Buttons {
		if b.Type != "reply" || !within(b.Reply.ID, maxReplyID) || !within(b.Reply.Title, maxReplyTitle) || ids[b.Reply.ID] || titles[b.Reply.Title] {
			return false
		}

		ids[b.Reply.ID], titles[b.Reply.Title] = true, true
	}

	return true
}

func within(s string, most int) bool { return s != "" && utf8.RuneCountInString(s) <= most }

// replies are the buttons.
func (i *interactive) replies() []choice {
	var out []choice
	for _, b := range i.Action.Buttons {
		out = append(out, b.Reply)
	}

	return out
}
