package billing

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// maxMicros is the highest price of a message, a million units, so that no mark-up overflows.
	maxMicros = 1_000_000_000_000
	// maxVolume is the most messages of a month that a tier may begin at.
	maxVolume = 1_000_000_000_000
	// maxRates, maxTiers and maxComment bound a card, which is one document.
	maxRates, maxTiers, maxComment = 1500, 20, 2000
	// servicePriced is since when messages without a template are charged.
	servicePriced Day = "2026-10-01"
)

var (
	versionForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	regionForm   = regexp.MustCompile(`^[A-Z][A-Za-z]{2}[A-Za-z &-]{0,61}$`)
)

// categories are all categories, tiered those that have tiers of volume.
var (
	categories = []Category{Marketing, Utility, Authentication, AuthenticationInternational, Service}
	tiered     = []Category{Utility, Authentication, AuthenticationInternational}
)

// checks collects what is wrong with a card, by the names of the fields.
type checks struct{ problems []error }

// that notes a problem with a field unless ok.
func (c *checks) that(ok bool, field, problem string) {
	if !ok {
		c.problems = append(c.problems, fault.Field(field, problem))
	}
}

// err joins the problems; nil if there are none.
func (c *checks) err() error { return errors.Join(c.problems...) }

// check notes what is wrong with a card by itself. Unless it is forced, a card begins and ends with a quarter, as WhatsApp's prices do.
func (c Card) check(k *checks, forced bool) {
	k.that(versionForm.MatchString(c.Version), "version", "must be of small letters, digits, dots and hyphens, at most 64")
	k.that(currencyForm.MatchString(c.Currency), "currency", "must be the code of a currency, of three capitals")
	k.that(len(c.Comment) <= maxComment, "comment", "is too long")

	c.From.check(k, "from", forced)

	if c.Until != "" {
		c.Until.check(k, "until", forced)
		k.that(c.Until > c.From, "until", "must be after from")
	}

	c.checkRegions(k)
	k.that(len(c.Rates) > 0, "rates", "is missing")
	k.that(len(c.Rates) <= maxRates, "rates", "has too many entries")

	if len(c.Rates) > maxRates {
		return
	}

	type place struct {
		market   string
		category Category
	}

	seen := map[place]int{}

	for i, r := range c.Rates {
		at := fmt.Sprintf("rates[%d]", i)
		_, region := c.Regions[r.Market]
		k.that(region || countryForm.MatchString(r.Market), at+".market", "must be a country's code of two capitals, or one of the card's regions")
		r.check(k, at)

		one := place{r.Market, r.Category}
		if first, twice := seen[one]; twice {
			k.that(false, at, fmt.Sprintf("overlaps rates[%d], which is of the same market and category", first))
		}

		seen[one] = i
	}

	c.checkWhole(k)
}

// check notes what is wrong with a day.
func (d Day) check(k *checks, field string, forced bool) {
	t, ok := d.time()
	k.that(ok, field, "must be a day such as 2026-10-01")
	k.that(!ok || forced || d == quarterOf(t), field, "must be the first day of a quarter, since prices change on no other; if this one did, put it with force=true, or with -f of ops")
}

// checkRegions notes what is wrong with the regions: a country has one price.
func (c Card) checkRegions(k *checks) {
	in := map[string]string{}
	for _, r := range c.Rates {
		in[r.Market] = "a rate of its own"
	}

	for _, name := range slices.Sorted(maps.Keys(c.Regions)) {
		at := "regions"
		if regionForm.MatchString(name) {
			at += "." + name
		} else {
			k.that(false, at, "has a name that is not of letters, three at least and the first a capital")
		}

		k.that(len(c.Regions[name]) > 0, at, "names no country")

		for i, country := range c.Regions[name] {
			place := fmt.Sprintf("%s[%d]", at, i)
			k.that(countryForm.MatchString(country), place, "must be a country's code of two capitals")

			if other, twice := in[country]; twice {
				k.that(false, place, "overlaps: the country has "+other)
			}

			in[country] = "a region already"
		}
	}
}

// check notes what is wrong with a rate, apart from its market.
func (r Rate) check(k *checks, at string) {
	k.that(slices.Contains(categories, r.Category), at+".category", "must be one of "+names(categories))
	k.that(r.Micros >= 0 && r.Micros <= maxMicros, at+".micros", "must be from 0 to a million units")
	k.that(len(r.Comment) <= maxComment, at+".comment", "is too long")
	k.that(len(r.Tiers) == 0 || slices.Contains(tiered, r.Category), at+".tiers", "must be empty: only "+names(tiered)+" have tiers")
	k.that(len(r.Tiers) <= maxTiers, at+".tiers", "has too many entries")

	if len(r.Tiers) > maxTiers {
		return
	}

	for i, t := range r.Tiers {
		place := fmt.Sprintf("%s.tiers[%d]", at, i)
		k.that(t.Micros >= 0 && t.Micros <= maxMicros, place+".micros", "must be from 0 to a million units")
		k.that(t.From > 1 && t.From <= maxVolume, place+".from", "must be more than 1, since the list price comes first")

		last := i == len(r.Tiers)-1
		k.that(!last || t.To == 0, place+".to", "leaves a gap: the last tier has no end")
		k.that(last || t.To >= t.From, place+".to", "must not be before from")

		if i > 0 {
			end := r.Tiers[i-1].To
			k.that(t.From > end, place+".from", "overlaps the tier before it")
			k.that(t.From <= end+1, place+".from", "leaves a gap after the tier before it")
		}
	}
}

// checkWhole notes the categories that a market lacks. Only some markets have a price for international authentication.
func (c Card) checkWhole(k *checks) {
	needed := []Category{Marketing, Utility, Authentication}
	if c.From >= servicePriced {
		needed = append(needed, Service)
	}

	priced := map[string][]Category{}
	for _, r := range c.Rates {
		priced[r.Market] = append(priced[r.Market], r.Category)
	}

	for _, market := range slices.Sorted(maps.Keys(priced)) {
		for _, category := range needed {
			k.that(slices.Contains(priced[market], category), "rates", fmt.Sprintf("leave a gap: %s has no price for %s", market, category))
		}
	}

	for _, name := range slices.Sorted(maps.Keys(c.Regions)) {
		k.that(priced[name] != nil, "regions."+name, "has no price")
	}
}

func names(all []Category) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = string(c)
	}

	return strings.Join(words, ", ")
}
