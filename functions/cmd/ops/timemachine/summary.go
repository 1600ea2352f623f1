package timemachine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// costs adds up what messages are expected to cost, by currency.
type costs map[string]int64

// add counts a message that is sent.
func (c costs) add(one *message.Message) {
	if sent(one) && one.Estimate.Micros > 0 {
		c[one.Estimate.Currency] += one.Estimate.Micros
	}
}

// Summary says what came of a replay, a line each.
func (r Result) Summary() []string {
	lines := []string{fmt.Sprintf("%d events, of which sweep had published %d again; %d more were brought that waited here only", r.Events, r.Copies, r.Brought)}
	lines = append(lines, fmt.Sprintf("%d messages compared, %d of them as they were", r.Messages, r.Equal))

	for _, why := range slices.Sorted(maps.Keys(r.NotJudged)) {
		lines = append(lines, fmt.Sprintf("not judged: %d, since %s", r.NotJudged[why], why))
	}

	for _, currency := range slices.Sorted(maps.Keys(r.was)) {
		if was, is := r.was[currency], r.is[currency]; was != is {
			lines = append(lines, fmt.Sprintf("expected cost: %s → %s", amount(currency, was), amount(currency, is)))
		}
	}

	if r.Unreadable > 0 {
		lines = append(lines, fmt.Sprintf("%d events that name the account cannot be read by the code of today", r.Unreadable))
	}
	if len(r.Differences) == 0 && !r.Fails() {
		return append(lines, "no difference")
	}

	return append(lines, r.groups()...)
}

// shown is how many messages are named of those with one difference.
const shown = 3

// groups lists the differences, those that are alike in one line.
func (r Result) groups() []string {
	groups := map[string][]string{}
	for _, d := range r.Differences {
		what := fmt.Sprintf("%s %s: %s", d.Kind, d.Event, d.What)
		groups[what] = append(groups[what], d.MessageID)
	}

	lines := make([]string, 0, len(groups))

	for _, what := range slices.Sorted(maps.Keys(groups)) {
		ids := groups[what]
		line := fmt.Sprintf("%d × %s: %s", len(ids), what, strings.Join(ids[:min(len(ids), shown)], ", "))

		if len(ids) > shown {
			line += ", …"
		}

		lines = append(lines, line)
	}

	return lines
}
