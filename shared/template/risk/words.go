package risk

// The patterns of the rules, in English, in Hindi, and in Hindi in Latin letters. All are looked for in every text, since brands mix them.

// promotion is about prices and wares.
var promotion = []string{
	"sale", "sales event", "clearance",
	"offer|offers", "discount|discounts", "deal|deals", "combo|combos", "bargain*", "cashback",
	"#% off", "# off", "flat .. off", "off on|your", "half price|off", "save more|big|up|extra|#|#%", "best|lowest|better|special|unbeatable price|prices",
	"buy one|1|2|two .. get", "bogo", "free gift|gifts", "free sample|samples", "free shipping|delivery on|for", "get .. free",
	"new arrival|arrivals", "new|festive|winter|summer|latest|season|seasons collection|range|line|edition|stock|drop|drops",
	"collection|range|sale is|now live|here|on", "introducing", "launching", "just launched", "best seller|sellers", "bestseller|bestsellers", "best-seller*",
	"upgrade to|your plan", "exclusive", "premium plan|membership", "prices from|starting", "starting|starts at|from #",

	"सेल", "महासेल", "ऑफर|आफर|ऑफर्स", "छूट", "डील|डील्स", "कैशबैक", "महाबचत", "बचत", "पैसे बचा*", "धमाकेदार|धमाका",
	"आधे दाम|दामों", "कम दाम|दामों|कीमत", "बेहतर दाम", "सस्ता|सस्ते|सस्ती", "दाम _ से", "मुफ्त उपहार|गिफ्ट", "एक .. मुफ्त|फ्री", "नया|नई|नए|नये कलेक्शन|रेंज|संस्करण|स्टॉक",
	"पेश है|हैं", "विशेष दाम|छूट",

	"chhoot|chhut|choot", "bachat", "maha|badi sale|bachat", "paise bacha*", "dhamaka|dhamakedar|dhamaal", "aadhe|adhe daam|dam|price",
	"kam|behtar daam|dam", "sasta|saste|sasti", "ek .. free", "free .. pao|paao|paayein|paaye|payein|le", "naya|naye|nayi|nai collection|range|stock|maal|item",
	"pesh hai|hain",

	"#% cheaper|less|lower|कम|kam", "cheaper", "price drop|drops|list|cut|cuts", "pay less", "lookbook", "lowest|low as", "mela", "मेला", "कीमत|दाम # से", "keemat|daam # se",

	"new launches|launch", "stay tuned", "all-new", "newest", "finally here", "have you met", "must-have*", "trending", "early bird", "bonanza", "steal|slashed price|prices|deal", "naye mehmaan|mehman", "ekdum naya",

	"new|more colours|colors|shades|flavours|designs", "prices|price have|has fallen|dropped|crashed", "anniversary", "freshly dropped", "just dropped|landed|launched|in", "back in stock", "now starts at", "up to #%", "across categories", "storewide|sitewide", "today|tonight|weekend only|special|specials", "super saver", "mega|flash|festive sale|deals|event", "loot", "jackpot", "नए|नये रंग*|डिजाइन|माल", "सालगिरह", "जश्न", "लूट", "दाम|कीमत* गिर*", "वापस स्टॉक", "खास ऑफर|दाम", "naye|naya rang*|design|maal", "saalgirah", "jashn", "ab # se", "#% tak kam|off|sasta", "wapas stock", "khaas|khas offer|daam",
}

// upsell invites to buy or to look at more.
var upsell = []string{
	"shop|buy more|now|again|today", "order again|more|yours", "^ order now", "shop for|with", "reorder", "re-order", "next order|purchase|shopping|buy", "shopping trip",
	"you|customers|people|others may|might|will also like|love|buy", "also like|love|love|bought", "would love one|it|this", "customers who bought",
	"complete the look|set", "pair it|them|this with", "recommended|picked|chosen|chose|picks .. for|just you", "our picks", "these picks",
	"explore", "browse", "discover", "check out our|the|these|what|more", "see|view|show more|deals|offers|collection|products", "look at our|these|new|what|the", "another look",
	"matching", "wishlist", "your cart", "in your cart|basket|bag", "checkout today|now", "add .. to your wardrobe|cart|bag", "treat yourself", "running low|out", "what others are",
	"order|add one|another|# more",

	"और|अभी|फिर|आज खरीद*", "फिर से खरीद*", "खरीदारी", "अगली|अगले खरीद|खरीदारी|ऑर्डर", "मंगवा*", "मंगा*", "इसके साथ", "पसंद कर|आएगा|आएंगे|आएगी", "नए|नये डिजाइन|डिजाइन्स",
	"एक नजर", "कलेक्शन", "अच्छा|अच्छी लगेगा|लगेगी", "क्या ले रहे", "देखिए कि",

	"kharido|kharidein|kharidiye|khariden", "agli|agle shopping|kharid|order", "mangwa|mangwao|mangwaiye|mangao", "iske saath|sath", "pasand aayega|aayenge|aayegi|karenge",
	"nazar daal*", "dekho|dekhiye collection|deals|offers|naya|naye", "collection dekho|dekhein|dekhiye", "dekh lo", "achha|accha|acha lagega|lagegi", "kya le rahe", "shopping karo|karein|kijiye",
	"dekhna mat bhul*",

	"people|customers|shoppers who ordered|bought|purchased", "want one|it too", "to go with it|this|them", "waiting in our store|shop", "extended warranty", "second set|one|pair|piece .. friend|gift|present", "lovely|perfect gift|present", "need something", "our blog", "visit store|shop", "लोग .. भी लेते|खरीदते|पसंद", "को भी चाहिए", "लगा तो", "संग .. लेते", "log .. bhi lete|kharidte|pasand", "sang .. lete", "aapko bhi|.. chahiye", "achha|accha laga toh|to",

	"want it faster", "add express", "express .. lo|extra", "checkout aaj|abhi", "try now|it|them", "try karo", "tap away", "tap door", "favourites|favorites are|one|ek", "टोकरी में", "cart mein", "आजमा*",

	"stock up", "and save", "packs of", "gift wrap it|this|for", "add gift", "quiz", "suits your", "youll|you will love", "must try", "top picks", "sneak peek", "subscribe and save", "set up a subscription", "pre-order|preorder now|yours", "free trial", "का पैक", "क्विज", "अपना हिस्सा", "आज ही अपना|मंगा*|खरीद*|बुक", "ka pack", "aaj hi book|order|kharido|mangwa*|apna",
}

// urgency presses to buy.
var urgency = []string{
	"hurry", "hurry up", "last chance", "final chance|call", "limited time|period|stock|offer|seats", "act now|fast|today", "dont|not miss", "miss out", "while stock|stocks last|lasts",
	"selling|going fast|out", "offer|offers|sale end|ends|ending", "ends tonight|today|soon|at", "only # left", "only .. pieces", "few .. left", "grab", "before they|it|stock|the .. gone|over|end",
	"next .. hours only", "until|till midnight",

	"जल्दी करें|करो|कीजिए|कीजिये", "आखिरी|अंतिम मौका", "मौका हाथ", "मौका न", "सीमित समय|स्टॉक|अवधि", "न चूक*", "मत चूक*", "स्टॉक खत्म होने", "कुछ ही पीस", "ही .. बचे", "अभी चुनें|चुनो",

	"jaldi karo|karein|kare|karen|kijiye|kariye", "aakhri|aakhiri|akhri mauka|mouka|moka", "mauka|mouka haath|mat|na", "mat chook*", "khatam hone se", "kuch hi piece|pieces|bache", "hi .. bache", "aaj raat khatam",
	"abhi chuno|lo",

	"before they|it|points|coins expire|expires", "expire hone se pehle",

	"last batch|lot|pieces|few", "book yours|now", "while supplies last|lasts", "आखिरी|अंतिम खेप|पीस", "aakhri|aakhiri|akhri khep|batch",
}

// coupon is what is given away.
var coupon = []string{
	"coupon|coupons", "promo|discount|coupon code|codes", "use|apply|enter .. code", "voucher|vouchers", "gift card|cards|voucher", "scratch", "win", "prize|prizes", "hamper", "giveaway", "lucky draw",

	"कूपन", "प्रोमो", "वाउचर", "गिफ्ट कार्ड|वाउचर", "स्क्रैच", "जीतें|जीतो|जीतिए|जीतने", "इनाम", "लकी ड्रॉ",

	"jeeto|jeetein|jeetne|jeetiye", "inaam|inam", "scratch karo",

	"at checkout", "a tenth|quarter|third off",

	"freebie|freebies", "contest", "lucky winner|winners", "spin the", "review and get|win|earn", "photo review",

	"unlocked a|your", "have|youve unlocked", "mystery reward|gift|offer|box", "surprise gift|reward", "off your next|upcoming", "रहस्यमय", "तोहफा|तोहफे", "tohfa|tohfe", "agle bill|order se|par", "lagao aur",
}

// loyalty is about a programme.
var loyalty = []string{
	"reward|rewards point|points", "earned .. points|coins", "# points", "bonus|double|triple|extra points", "redeem", "become a|our member", "join our|the", "gold|silver|loyalty|our club", "members|member shop|get|enjoy|only", "for members", "early access", "refer a|your|friends", "refer and", "invite friends|your|a",

	"रिवॉर्ड", "पॉइंट|पॉइंट्स|प्वाइंट", "भुनाएं", "सदस्य बनें|बनो|बनिए", "दोस्त|दोस्तों को", "रेफर",

	"member bano|banein|baniye", "refer karo|karein|kijiye", "invite karo|karein", "redeem karo", "kamao|kamaiye|kamaayein",

	"silver|gold|platinum|diamond level|card|tier|member|members|club|status", "coins", "card holders get", "link with|to family|friends|your", "each of you", "one more order", "सिल्वर|गोल्ड स्तर|सदस्य", "एक और ऑर्डर", "लिंक .. भेजें|भेजो|भेजिए", "दोनों .. बचाएं|पाएं", "silver|gold level", "ek aur order", "link .. bhejo|bhejein", "dono .. bachao|pao",

	"supercoins", "community", "just earned", "सिक्के .. कमा*", "सिक्के", "समुदाय", "coins mile",

	"#% extra", "extra .. pao|paao|milega", "gift a friend", "pass it on", "wallet .. next time", "members-only|member-only|vip|insider", "priority access", "dost|doston ko .. gift", "agli baar wallet", "हर बार .. पाएं",
}

// unrelated is about something else than the order.
var unrelated = []string{
	"happy diwali|holi|eid|christmas|navratri|pongal|onam|rakhi|new|independence|republic", "seasons greetings", "merry christmas", "festive greetings|wishes",
	"follow us", "like us", "subscribe to", "our channel|newsletter|instagram|facebook|youtube", "download|install .. app", "app download", "visit our|us|your", "pop-up store", "star review", "google review",
	"miss you", "misses you", "come back and|to", "been a while", "have you back", "the story behind", "meet the",

	"शुभकामन*", "दीपावली|दिवाली|होली|ईद मुबारक", "मुबारक", "फॉलो", "सब्सक्राइब", "ऐप .. डाउनलोड", "डाउनलोड करें|करो", "याद आ*", "बहुत दिन हो", "क्या नया",

	"shubhkamna*", "mubarak", "follow karo|karein|kijiye", "subscribe karo|karein", "app download|install", "download karo|karein", "yaad aa", "bahut din ho", "kya naya",

	"meet our|us|the", "link is in", "most|best loved", "trusted by", "proud to|of", "tag us", "vote", "टैग कीजिए|करें|करो", "की बधाई", "मंगलकामना*", "वोट", "पसंदीदा", "लाखों", "humein|hame tag", "tag karo|karein|kijiye", "ki badhai", "vote karo|karke|karein", "sabse pasandeeda", "laakhon|lakhon",

	"wishing .. joyful|prosperous|happy|merry|blessed|bright", "style|styling inspiration|tips", "first dibs", "community join",

	"our journal|magazine|podcast|stories|newsletter|lookbook", "now open near|in|at", "our flagship|showroom|outlet|boutique", "drop by", "every purchase", "plants|plant a tree", "like you", "नई दुकान|शोरूम", "हर खरीद", "पेड़ लग*", "nayi|nai dukaan|dukan|showroom", "hamara|humara blog|channel|page", "har kharid", "ped lagta|lagega",
}

// threat is what nobody may write.
var threat = []string{
	"legal action|notice|case|proceedings", "police", "court", "lawsuit", "sue you", "inform|tell your family|relatives|neighbours|employer", "blacklist*",
	"कानूनी कार्रवाई|कार्यवाही|नोटिस", "पुलिस", "अदालत", "मुकदमा",
	"kanooni|kanuni karwai|karyawahi|action", "adalat", "mukadma", "legal action|notice",

	"lawyer|lawyers|advocate", "report you", "credit bureau", "वकील", "थाने", "vakeel|vakil", "thane|thana mein",

	"fir", "share|publish your name", "एफआईआर", "नाम .. बता*", "naam bata|bataa",
}

// sensitive is what nobody may ask for.
var sensitive = []string{
	"card number|no|details", "cvv", "upi|atm|debit|card pin", "password|passwords", "aadhaar|aadhar|adhar", "ifsc", "pan card|number", "bank account number|details|password", "account number", "passport number|copy", "net banking",
	"कार्ड नंबर|संख्या", "सीवीवी", "पिन बता*", "पासवर्ड", "आधार नंबर|कार्ड|संख्या|की", "पैन कार्ड|नंबर", "खाता संख्या|नंबर",

	"digits on|of your", "card ke .. ank|digit|number", "कार्ड के .. अंक", "expiry date", "समाप्ति तिथि", "one-time password",
}

// settled shows that an offer is one of this order, of the past.
var settled = []string{
	"already", "chosen", "includes", "you saved", "not offer|offers", "offers delivery|pickup|pick-up", "deal|deals with", "point of sale", "^ discount|coupon|savings|promo #", "छूट गया|गई|गए", "chhoot|chhut gaya|gayi|gaye", "applied", "deducted", "included", "invoice", "was|were used", "adjusted", "offer letter|letters", "were|was|been offered",
	"पहले ही", "घटा", "काट", "ऑफर लेटर", "लगा था|हुआ",
	"pehle hi", "kat chuka|gaya", "lag chuka|gaya tha", "offer letter",

	"if used", "after the discount", "छूट के बाद", "discount ke baad", "you pay|paid", "paid partly|with|by", "to pay", "on hold", "दे चुके|देने", "भुगतान किया", "dena|dene hai|hain", "pay kiya", "hold par",
}

// calm shows that nobody is pressed.
var calm = []string{"no need", "not hurry", "जरूरत नहीं", "koi baat nahi", "zaroorat nahi"}

// warned shows that the text warns of giving away a secret.
var warned = []string{"never", "not|dont share|give|tell|send", "किसी को न|ना", "न बताएं", "kisi ko na", "mat batana|batayein|dena"}

// subjects are what news of an order is about.
var subjects = []string{
	"order|orders|ordered", "parcel*", "package*", "shipment*", "shipped", "ship*", "deliver*", "courier*", "dispatch*", "refund*", "return*", "pickup*", "pick-up", "exchange*", "replacement", "invoice*", "bill", "payment*", "paid",
	"tracking", "track", "warehouse", "rider", "ticket", "cart", "subscription", "warranty", "purchase*", "item|items", "address", "cancel*",
	"ऑर्डर*", "आर्डर*", "पार्सल", "सामान", "डिलीवरी", "कूरियर", "वापसी", "रिफंड", "पिकअप", "बिल", "भुगतान", "टोकरी", "पता", "पते", "राइडर", "गोदाम", "पैसा", "लौटा*",
	"saaman", "saman", "paisa", "wapas", "bheja", "bhej", "daam",
}

// shorteners are the hosts of links that hide where they lead; the last ones open a chat.
var shorteners = []string{
	"bit.ly", "bitly.com", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "buff.ly", "cutt.ly", "rb.gy", "rebrand.ly", "shorturl.at", "t.ly", "tiny.cc", "v.gd", "s.id", "bl.ink", "lnkd.in", "surl.li",
	"wa.me", "api.whatsapp.com", "chat.whatsapp.com", "wa.link",
}

// asking shows that something is asked for.
var asking = []string{
	"send*", "share|shared", "reply|replying", "tell", "provide*", "need|needs", "give", "enter", "submit", "upload", "mention", "confirm", "update your",
	"भेज*", "बता*", "चाहिए", "दें|दीजिए|दो",
	"bhej*", "bata*", "chahiye", "dein|dijiye|do",
}

// unsold shows that what matches is none of the brand's wares.
var unsold = []string{"not matching|match", "address", "pincode", "pin", "otp", "code"}

// stock are the words that any message may have: one that has no others says nothing.
var stock = []string{
	"a|an|the|this|that|these|those|it|its|we|us|our|you|your|yours|i|my|he|she|they|all|any|some|one|here|there|what|which|who|when|then|therefore|so|as|if",
	"and|or|but|for|from|of|to|in|on|at|by|with|about|is|are|was|were|be|been|has|have|had|do|does|did|will|would|shall|should|can|could|may|might|not|no|yes",
	"hi|hello|hey|dear|customer|sir|madam|friend|welcome|good|great|nice|day|morning|evening|today|now|soon|please|kindly|sorry|thanks|thank|regards|wishes|best|love|team|being",
	"important|information|info|message|update|updates|news|notice|note|notification|following|like|let|know|inform|see|says|say|read|take|check|details|detail|entire|everyone",
	"नमस्ते|नमस्कार|प्रिय|ग्राहक|आप|आपका|आपकी|आपके|हम|हमारे|हमारी|हमारा|यह|ये|वह|एक|है|हैं|था|थी|हो|होगा|हुआ|और|का|की|के|को|से|में|पर|इसे|इसलिए|लिए|साथ|फिर",
	"ध्यान|या|हमें|बताएं|दें|संदेश|सूचना|जानकारी|खबर|महत्वपूर्ण|कृपया|पढ़|लें|देखें|करें|धन्यवाद|क्षमा|शुभ|दिन|बने|रहने|मिलेंगे|टीम",
	"namaste|aap|aapka|aapki|aapke|hum|hamara|hamare|hamari|yeh|ye|woh|ek|hai|hain|tha|ho|hoga|hua|aur|ka|ki|ke|ko|se|mein|par|isliye|liye|saath|phir|bane|rehne",
	"dhyan|ya|humein|batayein|dein|suchna|jaankari|khabar|zaroori|kripya|padh|lena|lein|karna|dhanyavaad|shukriya|maaf|milenge",
}
