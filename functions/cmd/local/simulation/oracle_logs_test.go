package simulation

import (
	"fmt"
	"slices"
	"strings"
)

// toldWhole is how long a saying is at least that can be told from what the functions log of their own: words such as yes are not.
const toldWhole = len("please stop")

// private are what no log may tell, by what it is.
func (w *World) private() map[string][]string {
	all := map[string][]string{}

	for _, b := range w.plan.Brands {
		for _, s := range b.Shoppers {
			all["the number of a shopper"] = append(all["the number of a shopper"], strings.TrimPrefix(s.written(), "+"), s.called())
			all["the name of a shopper"] = append(all["the name of a shopper"], s.Name)
			all["the e-mail address of a shopper"] = append(all["the e-mail address of a shopper"], s.Email)
			all["the user id of a shopper"] = append(all["the user id of a shopper"], s.UserID)
		}
	}

	for _, s := range w.plan.Steps {
		if said := wordsOf(s); len(said) >= toldWhole {
			all["what a shopper said"] = append(all["what a shopper said"], said)
		}
	}

	for _, secret := range w.signing {
		all["a secret"] = append(all["a secret"], secret)
	}

	for i := range w.plan.Apps {
		if key, err := w.parts.Secrets.Access(w.ctx, fmt.Sprint(w.plan.Apps[i].ID, "-key")); err == nil {
			all["a secret"] = append(all["a secret"], key.Reveal())
		}
	}

	return all
}

// wordsOf is what a shopper says in a step; empty if it is nothing.
func wordsOf(s Step) string {
	if s.Kind == Garbage && s.Rubbish == NonsenseBeside {
		return s.thanks()
	}

	return s.Word
}

// keepsSilent looks at the logs of all machines: they tell nothing of persons, and no secret.
func (w *World) keepsSilent() {
	logs, private := w.logs.String(), w.private()

	for _, what := range sortedKeys(private) {
		values := slices.Compact(slices.Sorted(slices.Values(private[what])))

		for _, value := range values {
			at := strings.Index(logs, value)
			if value == "" || at < 0 {
				continue
			}

			from := strings.LastIndexByte(logs[:at], '\n') + 1
			line, _, _ := strings.Cut(logs[from:], "\n")
			w.oracle.find("a log tells %s: %s", what, line)

			break
		}
	}
}
