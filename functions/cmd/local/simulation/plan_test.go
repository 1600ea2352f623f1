package simulation

import (
	"time"
)

// Plan is what a seed has drawn: who there is, what happens, and what goes wrong. All times count from the beginning of the
// simulated world. A plan is plain data, so that a step or a fault can be left out to see whether it matters.
type Plan struct {
	Seed uint64
	// Machines are the instances, each with all functions, by how far their clocks are off.
	Machines []time.Duration
	Apps     []App
	Brands   []Brand
	// Steps are what happens, in no order.
	Steps []Step
	// Outages are times in which a provider, or the order platform, does not work as it should.
	Outages []Outage
	// Troubles are times in which calls of the functions fail at random.
	Troubles []Trouble
	// Droughts are times in which callbacks stay at a provider.
	Droughts []Drought
	// Closures are times in which we take nothing of what providers tell.
	Closures []Closure
	// Bills is what providers tell of prices.
	Bills Bills
	// Tries is how often sweep may bring a message back, and Deliveries how often Pub/Sub delivers one before it is a dead letter; 0 is
	// as usual.
	Tries, Deliveries int
	// Missed is how many of 100 calls of sweep are missed while things go wrong.
	Missed int
	// Spared are calls, as the trace names them, that no trouble strikes although it would.
	Spared map[string]bool
	// Until is when nothing goes wrong any more. The world is then left alone until it rests.
	Until time.Duration
}

// App is one provider account.
type App struct {
	// ID is ours; it is the provider's too, in the provider's spelling.
	ID       string
	Provider string
	// Brand is whose it is, an index of [Plan.Brands]; -1 makes it the platform's.
	Brand int
	// Silent: its callbacks were never set up.
	Silent bool
	// Version is that of Gupshup's callbacks, 2 or 3.
	Version int
	// ByTemplate has BusinessOnBot send our templates.
	ByTemplate bool
	// Callbacks is how its callbacks come.
	Callbacks Course
}

// Bills is what is out of the ordinary in what providers tell of prices, each of 100.
type Bills struct {
	// Free and Entry are messages that are free, as an answer within its window or since an advertisement led to it. Recast are charged as
	// marketing, which is told only when they have arrived, and of those that are Untold nothing is said.
	Free, Entry, Recast, Untold int
	// Lost are billing events that never come, Early those that come before the answer to the post can be recorded. Late are reports of an
	// arrival, and billing events, that come days later.
	Lost, Early, Late int
}

// Course is how an app's messages and callbacks go.
type Course struct {
	// Sent, Delivered and Read are the times between the steps of a message; Read is 0 for one that is never read.
	Sent, Delivered, Read time.Duration
	// Late is the longest extra time that a callback takes; each draws its own.
	Late time.Duration
	// Lost, Twice and Fail are how many of 10,000 callbacks never come, come twice, and messages whose delivery fails.
	Lost, Twice, Fail int
	// Codes are the codes that failed deliveries draw from.
	Codes []int
}

// Brand is one account with its shoppers.
type Brand struct {
	ID, Slug string
	// Declared makes new shoppers ACTIVE, on the brand's word.
	Declared bool
	// Sender is the app it sends with, an index of [Plan.Apps].
	Sender int
	// Markup is what the brand is charged beyond a price, in basis points.
	Markup int
	// SendsReclassed has the brand's news of orders go out as marketing while their template is that.
	SendsReclassed bool
	// Kinds are the events that are on, such as "shipment/failed_delivery".
	Kinds    []string
	MaxAge   time.Duration
	Shoppers []Shopper
	// Quiet are its quiet hours; nil if it has none.
	Quiet *Quiet
}

// Shopper is one customer of a brand.
type Shopper struct {
	// Phone is the number in digits with its country code, as the order has it. Called is the spelling that the provider uses,
	// which differs for Brazil, Mexico and Argentina.
	Phone, Called string
	Name, Email   string
	// UserID is what Meta calls the shopper.
	UserID string
	// Hidden: the provider tells the user id only, never the number.
	Hidden bool
	// Ordered has reports name the number as the order has it, although the shopper writes under the other spelling, and Untold has
	// them leave out the user id.
	Ordered, Untold bool
}

// StepKind is what happens in a step.
type StepKind string

// The kinds of steps.
const (
	// Happens: the platform publishes an event.
	Happens StepKind = "event"
	// Portal: the shopper asks for a status on the customer portal.
	Portal StepKind = "portal"
	// Says: the shopper writes to the brand's number.
	Says StepKind = "says"
	// Switch turns an event on or off.
	Switch StepKind = "switch"
	// News: the provider tells something of an app or template.
	News StepKind = "news"
	// Kill ends a machine; a cold one takes its place.
	Kill StepKind = "kill"
	// Garbage brings us something that nobody can read.
	Garbage StepKind = "garbage"
	// Looks: the shopper looks at the order on the customer portal.
	Looks StepKind = "looks"
	// Guesses: a stranger tries the portal with an order's number and wrong data.
	Guesses StepKind = "guesses"
	// Leaves: the shopper's number leaves WhatsApp, or is there again.
	Leaves StepKind = "leaves"
	// Reopens: an operator has what was given up of a brand sent once more.
	Reopens StepKind = "reopens"
	// Replays: an operator publishes all dead letters again.
	Replays StepKind = "replays"
	// Renames: an operator saves the settings of a brand.
	Renames StepKind = "renames"
	// Hushes: an operator switches a brand's quiet hours on or off.
	Hushes StepKind = "hushes"
	// Taps: the shopper taps a button of the newest message about the failed delivery of a shipment.
	Taps StepKind = "taps"
	// Records: a desk records something of a shopper; see [Desk].
	Records StepKind = "records"
	// Decides: the shopper answers what a tap was answered with: by its button, or by Word.
	Decides StepKind = "decides"
)

// Step is one thing that happens.
type Step struct {
	// ID names the step in the trace, and everything that follows from it.
	ID   int
	At   time.Duration
	Kind StepKind
	// Brand and Shopper are whom it is about, indexes.
	Brand, Shopper int

	// Event, Order, Shipment and Occurred are those of an event: its kind, such as "shipment/intransit", the number of the
	// shopper's order, that of its shipment, and when its status was reached.
	Event           string
	Order, Shipment int
	Occurred        time.Duration
	// Again are further times at which the same event is published.
	Again []time.Duration

	// Active is what is asked for on the portal, whether a switched event is on, or quiet hours are, and whether a number is on WhatsApp again.
	Active bool
	// Many is how many POSTs are made at once: of a shopper who clicks, each asking for the contrary of the one before, or of a
	// stranger who guesses.
	Many int
	// Early: the order is not there before the stranger has guessed at it.
	Early bool

	// Word, Form and Answers are those of what a shopper says: the words, how the provider words it (see forms), and whether it
	// answers the newest message.
	Word    string
	Form    string
	Answers bool
	// Wire is what the provider wraps the form in (see wires), By is how it names who speaks (see speakers), and Other has it use
	// the other spelling of the number.
	Wire  string
	By    string
	Other bool
	// Late is how much longer than other callbacks the one that tells of it takes.
	Late time.Duration
	// Kept is how long the callback lies as a dead letter, which an operator then publishes again; Undated has it tell no time.
	Kept    time.Duration
	Undated bool

	// App is whose news it is, and News what is told. News of a template are of the one that goes with Event.
	App  int
	News Word

	// Rubbish is what nobody can read.
	Rubbish Rubbish

	// Button is the place of the button that is tapped.
	Button int

	// Desk is who records what.
	Desk Desk

	// Machine is the one that is killed.
	Machine int
}

// Outage is a time in which a system does not work as it should.
type Outage struct {
	From, Until time.Duration
	// App is whose requests are concerned, an index of [Plan.Apps]; -1 concerns the order platform.
	App int
	// All concerns every route of the app's provider, not just the one that sends.
	All bool
	// Route is the one route of the order platform that is concerned; empty for both.
	Route Route
	Mode  OutageMode
	// Wait is what a throttling provider asks for, and how long one takes that is late.
	Wait time.Duration
}

// Route is a route of the order platform, by what its path has.
type Route string

// The routes of the order platform: that of orders, and the one that takes actions after a failed delivery.
const (
	OrderRoute      Route = "/order/"
	ResolutionRoute Route = "/ndrResolution"
)

// OutageMode is what a system does in an outage.
type OutageMode string

// The modes of outages. Those that end in "that sends" do what was asked for all the same.
const (
	BadGateway      OutageMode = "502"
	BadGatewaySends OutageMode = "502 that sends"
	Hangs           OutageMode = "hangs"
	HangsSends      OutageMode = "hangs, that sends"
	Resets          OutageMode = "resets"
	ResetsSends     OutageMode = "resets, that sends"
	Refuses         OutageMode = "refuses connections"
	Throttles       OutageMode = "429"
	Unavailable     OutageMode = "503"
	// SendsLate hangs, and does what was asked for when nobody waits for the answer any more.
	SendsLate OutageMode = "hangs, that sends late"
)

// Drought is a time in which the callbacks of an app stay at its provider. They have been made, and come once it is over.
type Drought struct {
	From, Until time.Duration
	App         int
	// Lag has each come that much later and in order; without it all come at the end.
	Lag time.Duration
	// Mixed has them come out of order.
	Mixed bool
}

// Closure is a time in which we take nothing of what providers tell.
type Closure struct {
	From, Until time.Duration
	What        Entrance
}

// Entrance is a part of the way on which callbacks reach us.
type Entrance string

// The parts of the way in: webhook and receive answer with errors, the subscription between them delivers nothing.
const (
	WebhookDown      Entrance = "webhook"
	ReceiveDown      Entrance = "receive"
	SubscriptionDown Entrance = "subscription"
	// OrdersDown is none of theirs: the subscription of the platform's events, and of sweep's copies of them, delivers nothing.
	OrdersDown Entrance = "subscription of order-events"
)

// Trouble is a time in which calls of the functions are struck at random.
type Trouble struct {
	From, Until time.Duration
	// Often is how many of 10,000 calls are struck, by one of Blows.
	Often int
	Blows []Blow
}
