package gate

// rules are what the gate rests on. All are true of the product; a mutant of the model lacks one.
type rules struct {
	// The worker.
	readsBeforePosting bool // facts are read again before the post, if the claim was slow
	returnsSlowClaim   bool // a claim is given back if that took as long
	doubtDecidesAgain  bool // what is in doubt is decided on again before it is sent again
	refusalCloses      bool // what the provider refuses since the shopper has opted out is a withdrawal

	// Who is made while a word comes.
	newcomerReadsApp       bool // a new customer has what the number said to the app before
	newcomerMeetsApp       bool // and writes the app's document, so that a word that comes meanwhile conflicts
	newcomerIsLookedFor    bool // who is made between the look for customers and that at the app is found
	stopMeetsApp           bool // a word at the app is written on condition of what was read
	newcomerReadsAuthority bool // a new customer has what an authority has blocked
	newcomerMeetsAuthority bool // and writes that document too
	authorityFirst         bool // a block is stored for those to come before customers are looked for

	// Words.
	doorsAreConditional     bool // a customer is written on condition of what was read
	doorsTryAgain           bool // a door whose write lost reads again
	standbyIsRead           bool // the field of standby is read as any other
	brandComesFirst         bool // what a brand imports or declares counts from before everything
	blockHolds              bool // a START does not lift a block
	offersNeedConsent       bool // offers need consent of their own
	erasureKeepsSuppression bool // a person who is erased stays withdrawn

	// User ids and numbers.
	idRemembers       bool // a word under a user id is kept until it is known whose it is
	learningCarries   bool // it goes to the customer then
	idIsConditional   bool // of a word and a number that come at once the later sees the other
	movingCarries     bool // what was refused under a former number goes to the new one
	formerNumbersLead bool // a word from a former number that is told late goes there too
}

// mutant is a way to break the gate.
type mutant struct {
	name    string
	without func(r *rules)
}

func mutants() []mutant {
	return []mutant{
		{"facts are not read again before the post", func(r *rules) { r.readsBeforePosting = false }},
		{"a claim whose last look was slow is posted", func(r *rules) { r.returnsSlowClaim = false }},
		{"what is in doubt is sent again undecided", func(r *rules) { r.doubtDecidesAgain = false }},
		{"a provider's refusal of who opted out is forgotten", func(r *rules) { r.refusalCloses = false }},
		{"a newcomer does not look at the app", func(r *rules) { r.newcomerReadsApp = false }},
		{"a newcomer does not conflict with a STOP", func(r *rules) { r.newcomerMeetsApp = false }},
		{"a STOP at the app does not see who was made since it looked", func(r *rules) { r.newcomerIsLookedFor = false }},
		{"a STOP at the app does not conflict with a newcomer", func(r *rules) { r.stopMeetsApp = false }},
		{"a newcomer does not look at the authority", func(r *rules) { r.newcomerReadsAuthority = false }},
		{"a newcomer does not conflict with a block", func(r *rules) { r.newcomerMeetsAuthority = false }},
		{"customers are looked for before a block is stored", func(r *rules) { r.authorityFirst = false }},
		{"a customer is written whatever came meanwhile", func(r *rules) { r.doorsAreConditional = false }},
		{"a door gives up when another writer was faster", func(r *rules) { r.doorsTryAgain = false }},
		{"the field of standby is not read", func(r *rules) { r.standbyIsRead = false }},
		{"an import reopens", func(r *rules) { r.brandComesFirst = false }},
		{"a START lifts a block", func(r *rules) { r.blockHolds = false }},
		{"offers go by the consent of order updates", func(r *rules) { r.offersNeedConsent = false }},
		{"an erasure forgets the suppression", func(r *rules) { r.erasureKeepsSuppression = false }},
		{"a STOP under a user id is not kept", func(r *rules) { r.idRemembers = false }},
		{"a STOP under a user id is not carried to the number learned later", func(r *rules) { r.learningCarries = false }},
		{"a user id is written whatever came meanwhile", func(r *rules) { r.idIsConditional = false }},
		{"news of another number carries nothing", func(r *rules) { r.movingCarries = false }},
		{"a late STOP from a former number stays there", func(r *rules) { r.formerNumbersLead = false }},
	}
}

// whole are the rules of the product.
func whole() rules {
	return rules{
		readsBeforePosting: true, returnsSlowClaim: true, doubtDecidesAgain: true, refusalCloses: true,
		newcomerReadsApp: true, newcomerMeetsApp: true, newcomerIsLookedFor: true, stopMeetsApp: true, newcomerReadsAuthority: true, newcomerMeetsAuthority: true,
		authorityFirst: true, doorsAreConditional: true, doorsTryAgain: true, standbyIsRead: true, brandComesFirst: true, blockHolds: true,
		offersNeedConsent: true, erasureKeepsSuppression: true, idRemembers: true, learningCarries: true, idIsConditional: true,
		movingCarries: true, formerNumbersLead: true,
	}
}
