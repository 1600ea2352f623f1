package risk

// The public pages that the rules follow.
var (
	categories = Source{
		"WhatsApp: template categories",
		"https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-categorization",
	}
	reclassing = Source{
		"Graphy: why a utility template became marketing",
		"https://help.graphy.com/support/solutions/articles/1060000150214-why-did-my-utility-template-automatically-got-changed-to-marketing-template-",
	}
	wording = Source{
		"Treble: words that make a template marketing",
		"https://help.treble.ai/en/docs/meta/hsm-templates/utility",
	}
	variables = Source{
		"Maqsam: templates with variables",
		"https://support.maqsam.com/creating-whatsapp-templates-with-variables",
	}
	approvals = Source{
		"Twilio: approval of templates",
		"https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses",
	}
	formatting = Source{
		"BizMagnets: formatting rules of templates",
		"https://docs.bizmagnets.ai/whatsapp-channel/whatsapp-template-message-formatting-rules",
	}
	rejections = Source{
		"BualPro: why templates are rejected",
		"https://docs.bualpro.com/common-whatsapp-message-template-rejection-reasons",
	}
	moderation = Source{
		"Wazzup: why a template does not pass",
		"https://wazzup24.com/help/how-to-set-up/why-whatsapp-api-template-does-not-pass-moderation",
	}
)

// wordRules are the rules that look for words. Their patterns are in words.go and its like.
var wordRules = []Rule{
	{
		Name:    "promotion",
		Outcome: Reclassed,
		says:    "%s promotes: %s. WhatsApp charges news of an order that promotes anything as MARKETING.",
		Remedy:  "Say only what happened to the order, and put offers into a template of their own.",
		Source:  categories,
		words:   promotion,
		unless:  settled,
	},
	{
		Name:    "upsell",
		Outcome: Reclassed,
		says:    "%s invites to buy or to look at more: %s. WhatsApp charges news of an order that does as MARKETING.",
		Remedy:  "Leave the invitation out; a button may lead to the order, its invoice or its tracking.",
		Source:  reclassing,
		words:   upsell,
		unless:  unsold,
	},
	{
		Name:    "urgency",
		Outcome: Reclassed,
		says:    "%s presses to buy: %s. WhatsApp takes that for marketing.",
		Remedy:  "Give the date or the hour until which the shopper can do something about this order, and nothing else.",
		Source:  reclassing,
		words:   urgency,
		unless:  calm,
	},
	{
		Name:    "coupon",
		Outcome: Reclassed,
		says:    "%s gives a coupon or a prize: %s. WhatsApp charges that as MARKETING.",
		Remedy:  "Send coupons in a template of the category MARKETING, to shoppers who agreed to it.",
		Source:  wording,
		words:   coupon,
		unless:  settled,
	},
	{
		Name:    "loyalty",
		Outcome: Reclassed,
		says:    "%s advertises a programme: %s. WhatsApp charges that as MARKETING, since it is not about the order.",
		Remedy:  "Leave points, memberships and referrals to a template of the category MARKETING.",
		Source:  categories,
		words:   loyalty,
	},
	{
		Name:    "unrelated",
		Outcome: Reclassed,
		says:    "%s is not about the order: %s. WhatsApp charges greetings and invitations as MARKETING.",
		Remedy:  "Leave it out: a utility template is about one order of the shopper's.",
		Source:  categories,
		words:   unrelated,
	},
	{
		Name:    "threat",
		Outcome: Refused,
		says:    "%s threatens: %s. WhatsApp refuses that.",
		Remedy:  "Say what is to be paid or done, and until when.",
		Source:  moderation,
		words:   threat,
	},
	{
		Name:    "sensitive",
		Outcome: Refused,
		says:    "%s asks for what WhatsApp lets nobody ask for: %s.",
		Remedy:  "Ask for no card, account or identity number and for no secret; lead the shopper to their account instead.",
		Source:  rejections,
		words:   sensitive,
		needs:   asking,
		unless:  warned,
	},
}

// The rules about placeholders and links.
var (
	placeEdge = Rule{
		Name:    "placeholder_edge",
		Outcome: Refused,
		says:    "%s begins or ends with a placeholder: %s. WhatsApp refuses that, and punctuation after it does not help.",
		Remedy:  "Put words before the first placeholder and after the last one, such as a greeting and a thank-you.",
		Source:  variables,
	}
	placeAdjacent = Rule{
		Name:    "placeholder_adjacent",
		Outcome: Refused,
		says:    "%s has placeholders without a word between them: %s. WhatsApp refuses that.",
		Remedy:  "Put a word between the two, or fill one placeholder with both.",
		Source:  variables,
	}
	placeRatio = Rule{
		Name:    "placeholder_ratio",
		Outcome: Refused,
		says:    "%s has too many placeholders for its text: %s. WhatsApp wants at least twice as many words and one more.",
		Remedy:  "Write more text around the placeholders, or leave some out.",
		Source:  variables,
	}
	placeSequence = Rule{
		Name:    "placeholder_sequence",
		Outcome: Refused,
		says:    "%s leaves out a number before a placeholder: %s. WhatsApp wants them numbered from 1 without a gap.",
		Remedy:  "Number the placeholders 1, 2, 3 and so on.",
		Source:  rejections,
	}
	placeBraces = Rule{
		Name:    "placeholder_braces",
		Outcome: Refused,
		says:    "%s has what looks like a placeholder, without two braces on each side: %s. WhatsApp refuses it, or shows it as it is.",
		Remedy:  "Write placeholders as {{1}}.",
		Source:  rejections,
	}
	bodyGeneric = Rule{
		Name:    "generic",
		Outcome: Refused,
		says:    "%s does not say what it is about; its placeholders could say anything: %s. WhatsApp refuses that.",
		Remedy:  "Name the order, the parcel, the delivery or the refund in the text itself.",
		Source:  approvals,
	}
	shortener = Rule{
		Name:    "link_shortener",
		Outcome: Refused,
		says:    "%s has a link that hides where it leads: %s. WhatsApp refuses short links.",
		Remedy:  "Give the whole address, of a page of the brand's own.",
		Source:  formatting,
	}
	sampleMissing = Rule{
		Name:    "sample_missing",
		Outcome: Refused,
		says:    "%s has placeholders without a sample: %s. WhatsApp cannot review what they will say.",
		Remedy:  "Submit the template with a sample for each placeholder.",
		Source:  rejections,
	}
)
