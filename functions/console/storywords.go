package console

import (
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// sortedKeys returns the keys of a map in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// checkWords are how a check ended, in a word and its colour.
func checkWord(o checks.Outcome) string {
	switch o {
	case checks.Passed:
		return "Passed"
	case checks.Failed:
		return "Failed"
	case checks.Waits:
		return "Waits"
	default:
		return "Not asked"
	}
}

func checkKind(o checks.Outcome) string {
	switch o {
	case checks.Passed:
		return "ok"
	case checks.Failed:
		return "bad"
	case checks.Waits:
		return "warn"
	default:
		return "quiet"
	}
}

// checkCounts says how many checks ended how.
func checkCounts(all []checks.Check) string {
	counts := map[checks.Outcome]int{}
	for _, c := range all {
		counts[c.Outcome]++
	}

	var parts []string

	for _, o := range []checks.Outcome{checks.Passed, checks.Waits, checks.Failed, checks.NotAsked} {
		if counts[o] > 0 {
			parts = append(parts, page.Number(counts[o])+" "+strings.ToLower(checkWord(o)))
		}
	}

	return page.Plural(len(all), "check") + ": " + strings.Join(parts, ", ")
}

// anyNow reports whether a check would see something else now.
func anyNow(all []checks.Check) bool {
	return slices.ContainsFunc(all, func(c checks.Check) bool { return c.Now != "" })
}

// allPassed reports whether every check was passed.
func allPassed(all []checks.Check) bool {
	return !slices.ContainsFunc(all, func(c checks.Check) bool { return c.Outcome != checks.Passed })
}

// age says how long something lasted, in its largest unit.
func age(d time.Duration) string {
	return strings.TrimSuffix(page.Ago(time.Unix(0, 0), time.Unix(0, 0).Add(d)), " ago")
}

// standingWord is what a page calls how an app does.
func standingWord(s account.State) string {
	switch s {
	case account.Fine:
		return "Healthy"
	case account.NotAnswering:
		return "Does not answer"
	case account.Held:
		return "Held"
	case account.Silent:
		return "No reports"
	case account.AgentAnswering:
		return "An assistant answers"
	default:
		return page.Spelled(string(s))
	}
}

func standingKind(s account.State) string {
	switch s {
	case account.Fine:
		return "ok"
	case account.Held, account.NotAnswering:
		return "bad"
	default:
		return "warn"
	}
}

// price writes an amount.
func price(m billing.Money) string { return money(m.Micros, m.Currency) }

// storyFuncs are what templates may call that tell of orders and messages.
var storyFuncs = template.FuncMap{
	"checkword":    checkWord,
	"checkkind":    checkKind,
	"checkcounts":  checkCounts,
	"anynow":       anyNow,
	"allpassed":    allPassed,
	"age":          age,
	"price":        price,
	"standingword": standingWord,
	"standingkind": standingKind,
	"basis":        func(b billing.Basis) string { return basisWords[b] },
}
