package simulation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// inWords tells what a plan is and what came of it, in short lines: who there is, what happens, what goes wrong, what came of it and
// what was found.
func inWords(p Plan, r Result) string {
	var b strings.Builder

	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "%s\n  %s\n", title, strings.Join(lines, "\n  "))
		}
	}

	section("Who there is", p.people())
	section("What happens", p.happenings())
	section("What goes wrong", p.faults(r))
	section("What came of it", traced(r.Trace))
	section("What was found", found(r))

	return b.String()
}

// moment is the time of day in India, and how long after the beginning that is.
func moment(at time.Duration) string {
	since := at.Truncate(time.Millisecond)
	return fmt.Sprintf("%s +%d:%02d:%06.3f", start.Add(at).In(india).Format("15:04:05.000"),
		since/time.Hour, since%time.Hour/time.Minute, (since % time.Minute).Seconds())
}

// people are the brands, apps and shoppers of which a step is, and the machines.
func (p Plan) people() (lines []string) {
	for i, b := range p.Brands {
		steps := slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.Brand != i || s.Kind == Kill })
		if len(steps) == 0 {
			continue
		}

		mode := "shoppers have to agree"
		if b.Declared {
			mode = "the brand declares that its shoppers agree"
		}

		lines = append(lines, fmt.Sprintf("brand %d: account %s, sends through %s; %s%s%s", i, b.ID, p.appInWords(b.Sender), mode, limit(b.MaxAge), b.markup()+b.Quiet.inWords()))

		for j, shopper := range b.Shoppers {
			if slices.ContainsFunc(steps, func(s Step) bool { return s.Shopper == j }) {
				lines = append(lines, fmt.Sprintf("shopper %d of brand %d: %s", j, i, shopper.inWords()))
			}
		}
	}

	if words := p.Bills.inWords(); words != "" {
		lines = append(lines, "of prices:"+words)
	}

	for i, skew := range p.Machines {
		if len(p.Machines) > 1 || skew != 0 {
			lines = append(lines, fmt.Sprintf("machine %d: its clock is off by %s", i, skew))
		}
	}

	return lines
}

func limit(age time.Duration) string {
	if age == 0 {
		return ""
	}
	return fmt.Sprintf("; events of more than %s are too old", age)
}

func (b Brand) markup() string {
	if b.Markup == 0 {
		return ""
	}
	return fmt.Sprintf("; it is charged %.4g%% beyond a price", float64(b.Markup)/100)
}

// inWords says what is out of the ordinary in what is told of prices.
func (b Bills) inWords() (words string) {
	for _, chance := range []struct {
		hundredths int
		of         string
	}{
		{b.Free, "messages are free as answers"},
		{b.Entry, "are free after an advertisement"},
		{b.Recast, "are charged as marketing"},
		{b.Untold, "have no price told"},
		{b.Lost, "billing events are lost"},
		{b.Early, "billing events come at once"},
		{b.Late, "arrivals and billing events come days later"},
	} {
		if chance.hundredths > 0 {
			words += fmt.Sprintf(" %d%% %s;", chance.hundredths, chance.of)
		}
	}

	return strings.TrimSuffix(words, ";")
}

// appInWords says what app i is.
func (p Plan) appInWords(i int) string {
	a := p.Apps[i]
	words := fmt.Sprintf("app %d at %s", i, a.Provider)

	if a.Brand < 0 {
		words += ", the platform's"
	}
	if a.Silent {
		words += ", without callbacks"
	}
	if a.Version == 3 {
		words += ", version 3"
	}

	return words + a.Callbacks.inWords()
}

// inWords says what of an app's callbacks is out of the ordinary.
func (c Course) inWords() (words string) {
	if c.Late > 0 {
		words += fmt.Sprintf(", callbacks up to %s late", c.Late)
	}

	for _, chance := range []struct {
		tenThousandths int
		of             string
	}{
		{c.Lost, "callbacks lost"},
		{c.Twice, "callbacks repeated"},
		{c.Fail, "deliveries failed"},
	} {
		if chance.tenThousandths > 0 {
			words += fmt.Sprintf(", %.4g%% of %s", float64(chance.tenThousandths)/100, chance.of)
		}
	}

	return words
}

func (s Shopper) inWords() string {
	words := s.Phone
	if s.Called != s.Phone && s.Called != "" {
		words += ", called " + s.Called
	}
	if s.UserID != "" {
		words += ", user id " + s.UserID
	}
	if s.Hidden {
		words += ", number hidden"
	}
	if s.Ordered {
		words += ", reported as ordered"
	}
	if s.Untold {
		words += ", user id not reported"
	}

	return words
}

// happenings are the steps, by their times.
func (p Plan) happenings() (lines []string) {
	steps := slices.SortedStableFunc(slices.Values(p.Steps), func(a, b Step) int { return int(a.At - b.At) })
	for _, s := range steps {
		lines = append(lines, fmt.Sprintf("%s  %s: %s", moment(s.At), s.name(), s.inWords()))
	}

	return lines
}

// inWords says what happens in a step.
func (s Step) inWords() string {
	who := fmt.Sprintf("shopper %d of brand %d", s.Shopper, s.Brand)

	switch s.Kind {
	case Happens:
		return s.eventInWords() + ", for " + who + s.oftenInWords()
	case Portal:
		return fmt.Sprintf("%s turns the messages %s on the portal, for order %d%s", who, onOff(s.Active), s.Order, s.oftenInWords())
	case Says:
		return who + s.saidInWords()
	case Taps:
		return fmt.Sprintf("%s taps button %d of the message about the failed delivery of %s", who, s.Button, shipmentID(s))
	case Decides:
		return who + s.decidedInWords()
	case Leaves:
		if s.Active {
			return who + " is on WhatsApp again"
		}
		return who + " is on WhatsApp no more"
	case Looks:
		return strings.TrimSpace(fmt.Sprintf("%s looks at order %d on the portal %s", who, s.Order, s.Form))
	case Guesses:
		return fmt.Sprintf("a stranger guesses%s at order %d of %s", s.oftenInWords(), s.Order, who)
	case Switch:
		return fmt.Sprintf("brand %d turns %s %s", s.Brand, s.Event, onOff(s.Active))
	case News:
		return strings.TrimSpace(fmt.Sprintf("news of app %d: %s %s", s.App, s.News, s.Event))
	case Garbage:
		return fmt.Sprintf("something that nobody can read, at app %d: %s", s.App, s.Rubbish)
	case Kill:
		return fmt.Sprintf("machine %d dies", s.Machine)
	case Reopens:
		return fmt.Sprintf("an operator reopens what was given up of brand %d", s.Brand)
	case Renames:
		return fmt.Sprintf("an operator saves the settings of brand %d", s.Brand)
	case Records:
		return fmt.Sprintf("%s, of %s", s.recorded(), who)
	case Hushes:
		return fmt.Sprintf("an operator switches the quiet hours of brand %d %s", s.Brand, onOff(s.Active))
	case Replays:
		return "an operator publishes all dead letters again"
	default:
		return fmt.Sprintf("%s of %s", s.Kind, who)
	}
}

// decidedInWords says how a shopper answers a question.
func (s Step) decidedInWords() string {
	if s.Word != "" {
		return fmt.Sprintf(" answers the question with %q", s.Word)
	}

	return fmt.Sprintf(" answers the question with its button %d", s.Button)
}

func (s Step) eventInWords() string {
	words := fmt.Sprintf("%s of %s", s.Event, shipmentID(s))
	if late := s.At - s.Occurred; late >= time.Minute {
		words += fmt.Sprintf(", reached %s before", late.Round(time.Second))
	}

	return words
}

// oftenInWords says how often a step happens that does so more than once.
func (s Step) oftenInWords() string {
	words := ""
	if s.Many > 1 {
		words += fmt.Sprintf(" %d times at once", s.Many)
	}
	if s.Early {
		words += ", before it is there,"
	}
	if len(s.Again) > 0 {
		words += fmt.Sprintf("; again after %v", s.Again)
	}

	return words
}

// saidInWords says what a shopper writes, and how that is told.
func (s Step) saidInWords() string {
	words := fmt.Sprintf(" writes %q", s.Word)

	if s.Form != "" {
		words += " in the form " + s.Form
	}
	if s.Wire != "" {
		words += ", told as " + s.Wire
	}
	if s.By != "" {
		words += ", by " + s.By
	}
	if s.Other {
		words += ", from the other spelling"
	}
	if s.Answers {
		words += ", in answer to the newest message"
	}
	if s.Late > 0 {
		words += fmt.Sprintf("; told %s late", s.Late.Round(time.Second))
	}
	if s.Kept > 0 {
		words += fmt.Sprintf("; kept as a dead letter for %s", s.Kept.Round(time.Second))
	}
	if s.Undated {
		words += ", without a time"
	}

	return words
}

// faults are what goes wrong: with others, on the way in, and with calls of ours.
func (p Plan) faults(r Result) (lines []string) {
	for _, o := range p.Outages {
		words := p.whose(o) + ": " + string(o.Mode)
		if o.Wait > 0 && (o.Mode == Throttles || o.Mode == SendsLate) {
			words += ", after " + o.Wait.Round(time.Second).String()
		}

		lines = append(lines, lasting(o.From, o.Until, words))
	}

	for _, d := range p.Droughts {
		words := fmt.Sprintf("callbacks of app %d stay at its provider", d.App)
		if d.Lag > 0 {
			words = fmt.Sprintf("callbacks of app %d are %s late", d.App, d.Lag.Round(time.Second))
		}
		if d.Mixed {
			words += ", and come out of order"
		}

		lines = append(lines, lasting(d.From, d.Until, words))
	}

	for _, c := range p.Closures {
		lines = append(lines, lasting(c.From, c.Until, fmt.Sprintf("the way in is closed: %s", c.What)))
	}

	for _, s := range r.Struck {
		lines = append(lines, fmt.Sprintf("%s  %s %s", moment(s.At), short(s.Call), s.Blow))
	}

	if p.Tries > 0 {
		lines = append(lines, fmt.Sprintf("sweep brings a message back %d times at most", p.Tries))
	}
	if p.Deliveries > 0 {
		lines = append(lines, fmt.Sprintf("after %d deliveries in vain a message is a dead letter", p.Deliveries))
	}
	if p.Missed > 0 {
		lines = append(lines, fmt.Sprintf("%d of 100 sweeps are missed", p.Missed))
	}

	return lines
}

// lasting says what is so for a time.
func lasting(from, until time.Duration, what string) string {
	return fmt.Sprintf("%s  for %s, %s", moment(from), (until - from).Round(time.Second), what)
}

// whose says which routes an outage concerns.
func (p Plan) whose(o Outage) string {
	switch {
	case o.App < 0 && o.Route != "":
		return "the order platform's " + string(o.Route)
	case o.App < 0 || o.App >= len(p.Apps):
		return "the order platform"
	case o.All:
		return "every route of " + p.Apps[o.App].Provider
	default:
		return fmt.Sprintf("app %d's route that sends", o.App)
	}
}

// traced are the lines of the trace.
func traced(trace []Event) (lines []string) {
	for _, e := range canonical(trace) {
		lines = append(lines, fmt.Sprintf("%s  %s", moment(e.At), short(e.What)))
	}

	return lines
}

// found are the findings.
func found(r Result) (lines []string) {
	for _, finding := range r.Findings {
		lines = append(lines, short(finding.Text))
	}

	return lines
}

// canonical returns the trace with the lines of each instant in the order of the alphabet: which of them was noted first is chance.
func canonical(trace []Event) []Event {
	return slices.SortedStableFunc(slices.Values(trace), func(a, b Event) int {
		if a.At != b.At {
			return int(a.At - b.At)
		}
		return strings.Compare(a.What, b.What)
	})
}

var (
	// method is the full name of a method of the cloud.
	method = regexp.MustCompile(`/google\.[a-z0-9.]+\.[A-Za-z]+/`)
	// remark is what an event carries of its step.
	remark = regexp.MustCompile(`\bremark (\d+)\b`)
)

// short leaves out of a line what a reader knows.
func short(line string) string {
	line = remark.ReplaceAllString(method.ReplaceAllString(line, ""), "step $1")
	return strings.NewReplacer("order-events step", "event of step", " /sim/", " ").Replace(line)
}
