package gupshup

import (
	"encoding/json"
	"unicode/utf8"
)

// WhatsApp's limits of what is sent within the service window, in characters (shared/provider/meta/CONTRACT.md section 2.2).
const (
	maxSessionText = 4096
	maxButtonsText = 1024
	maxReplies     = 3
	maxReplyTitle  = 20
	maxPostback    = 256
)

// session is the decoded "message" of a session send.
type session struct {
	text string
	// msgid is the sender's word for a message with buttons.
	msgid   string
	replies []choice
}

// choice is a button of a session message, and what a tap on it sends back.
type choice struct{ title, postback string }

// parseSession decodes the "message" of a session send: a text, or a text with reply buttons
// (shared/provider/gupshup/CONTRACT.md section 2.3).
func parseSession(field string) (*session, *refusal) {
	var raw struct {
		Type    string `json:"type"`
		Text    string `json:"text"`
		MsgID   string `json:"msgid"`
		Content struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"content"`
		Options []struct {
			Type     string `json:"type"`
			Title    string `json:"title"`
			Postback string `json:"postbackText"`
		} `json:"options"`
	}

	if json.Unmarshal([]byte(field), &raw) != nil {
		return nil, refuse(msgMessage)
	}

	switch raw.Type {
	case "text":
		if !within(raw.Text, maxSessionText) {
			return nil, refuse(msgMessage)
		}

		return &session{text: raw.Text}, nil
	case "quick_reply":
	default:
		return nil, refuse(msgMessage)
	}

	if raw.Content.Type != "text" || !within(raw.Content.Text, maxButtonsText) || len(raw.Options) == 0 || len(raw.Options) > maxReplies {
		return nil, refuse(msgMessage)
	}

	out := &session{text: raw.Content.Text, msgid: raw.MsgID}

	titles := map[string]bool{}
	for _, o := range raw.Options {
		if o.Type != "text" || !within(o.Title, maxReplyTitle) || titles[o.Title] || utf8.RuneCountInString(o.Postback) > maxPostback {
			return nil, refuse(msgMessage)
		}

		titles[o.Title] = true
		out.replies = append(out.replies, choice{o.Title, o.Postback})
	}

	return out, nil
}

func within(s string, most int) bool { return s != "" && utf8.RuneCountInString(s) <= most }

// labels are the buttons of a session message; never nil.
func (s *session) labels() []string {
	labels := []string{}
	for _, r := range s.replies {
		labels = append(labels, r.title)
	}

	return labels
}

// postbacks are what the buttons send back, by their place.
func (s *session) postbacks() map[int]string {
	if len(s.replies) == 0 {
		return nil
	}

	out := map[int]string{}
	for i, r := range s.replies {
		out[i] = r.postback
	}

	return out
}
