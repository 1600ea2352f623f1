package conversation

import (
	"cmp"
	"strings"
	"time"
)

// What a button of an answer stands for, beside the codes of actions.
const (
	// ChoiceSend submits another attempt without anything added.
	ChoiceSend = "send"
	// ChoiceConfirm confirms a cancellation, ChoiceKeep takes it back.
	ChoiceConfirm = "confirm"
	ChoiceKeep    = "keep"
	// choiceDate begins the choice of a day: "date:2026-12-01".
	choiceDate = "date:"
)

// maxButtons is how many buttons WhatsApp shows below a text, maxTitle how long the label of one may be, in characters
// (shared/provider/cloudapi/CONTRACT.md section 9.3).
const maxButtons = 3

// titles are the labels of buttons that stand for actions, at most 20 characters each.
var titles = map[Code]string{
	Reattempt: "Try again",
	Defer:     "Choose another day",
	Cancel:    "Cancel the order",
	Dispute:   "Nobody came",
}

// labels are what an order's activity calls the actions; the first is the platform's own word (shared/platform/CONTRACT.md section 4.2).
var labels = map[Code]string{
	Reattempt: "Request delivery attempt",
	Defer:     "Change delivery date",
	Cancel:    "Cancel order",
	Dispute:   "Dispute failed attempt",
}

// ends are what an order's activity says of an action's end.
var ends = map[State]string{
	Accepted:   "accepted",
	Refused:    "not done, the platform refused it",
	Stuck:      "not done, the platform gave no answer",
	NotOffered: "not done, the order does not offer it",
	Overtaken:  "not done, the order has moved on",
	Late:       "not done, an earlier choice counts",
	Replaced:   "not done, another choice followed",
	Unanswered: "not done, the question was not answered",
	Kept:       "not done, the shopper keeps the order",
	Forwarded:  "a person has to go on",
}

// Label is what an order's activity says of an action in its state: of one that is not over what was chosen.
func (a Action) Label() string {
	label := cmp.Or(labels[a.Code], string(a.Code))
	if end := ends[a.State]; end != "" {
		return label + ": " + end
	}

	return label
}

// offer returns buttons for actions, in their order.
func offer(codes []Code) []Button {
	var all []Button
	for _, code := range codes {
		if title := titles[code]; title != "" && len(all) < maxButtons {
			all = append(all, Button{Choice: string(code), Title: title})
		}
	}

	return all
}

// dayLayout is how a day is written in a choice and to the platform.
const dayLayout = "2006-01-02"

// offeredDays returns buttons for the next days.
func offeredDays(now time.Time) []Button {
	var all []Button
	for n := 1; n <= maxButtons; n++ {
		day := now.AddDate(0, 0, n)
		title := day.Format("Mon 2 Jan")
		if n == 1 {
			title = "Tomorrow, " + day.Format("2 Jan")
		}

		all = append(all, Button{Choice: choiceDate + day.Format(dayLayout), Title: title})
	}

	return all
}

// dayOf returns the day that a choice names; false if it names none.
func dayOf(choice string) (string, bool) {
	day, ok := strings.CutPrefix(choice, choiceDate)
	if !ok {
		return "", false
	}

	_, err := time.Parse(dayLayout, day)

	return day, err == nil
}

// dayInWords returns a day as shoppers read it, such as "Wed 2 Dec".
func dayInWords(day string) (string, bool) {
	t, err := time.Parse(dayLayout, day)

	return t.Format("Mon 2 Jan"), err == nil
}
