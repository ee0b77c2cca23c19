package wall

// DefaultSettings are those of a wall in Göteborg.
func DefaultSettings() Settings {
	return Settings{
		Title:    "Göteborg",
		Question: Words{"sv": "Vad behöver förändras i Göteborg?", "en": "What needs to change in Gothenburg?"},
		Language: "sv",
		Themes: []Theme{
			{ID: "health", Paper: 1, Icon: "heart",
				Name: Words{"sv": "Hälsa", "en": "Health", "ar": "الصحة", "so": "Caafimaad", "fa": "سلامت",
					"uk": "Здоров’я", "pl": "Zdrowie", "es": "Salud", "fi": "Terveys", "ti": "ጥዕና"},
				Ask: Words{"sv": "Vad får dig att må bra?", "en": "What makes you feel well?"}},
			{ID: "work", Paper: 2, Icon: "briefcase",
				Name: Words{"sv": "Arbete", "en": "Work", "ar": "العمل", "so": "Shaqo", "fa": "کار",
					"uk": "Робота", "pl": "Praca", "es": "Trabajo", "fi": "Työ", "ti": "ስራሕ"},
				Ask: Words{"sv": "Vad står i vägen för ett jobb?", "en": "What stands in the way of a job?"}},
			{ID: "language", Paper: 3, Icon: "bubble",
				Name: Words{"sv": "Språk", "en": "Language", "ar": "اللغة", "so": "Luqad", "fa": "زبان",
					"uk": "Мова", "pl": "Język", "es": "Idioma", "fi": "Kieli", "ti": "ቋንቋ"},
				Ask: Words{"sv": "Vad hjälper dig att bli förstådd?", "en": "What helps you to be understood?"}},
			{ID: "education", Paper: 4, Icon: "book",
				Name: Words{"sv": "Utbildning", "en": "Education", "ar": "التعليم", "so": "Waxbarasho", "fa": "آموزش",
					"uk": "Освіта", "pl": "Edukacja", "es": "Educación", "fi": "Koulutus", "ti": "ትምህርቲ"},
				Ask: Words{"sv": "Vad vill du lära dig?", "en": "What do you want to learn?"}},
			{ID: "housing", Paper: 5, Icon: "house",
				Name: Words{"sv": "Bostäder", "en": "Housing", "ar": "السكن", "so": "Guryo", "fa": "مسکن",
					"uk": "Житло", "pl": "Mieszkania", "es": "Vivienda", "fi": "Asuminen"},
				Ask: Words{"sv": "Hur vill du bo?", "en": "How do you want to live?"}},
		},
		Kinds: []Kind{
			{ID: "opinion", Name: Words{"sv": "Åsikt", "en": "Opinion"}},
			{ID: "question", Name: Words{"sv": "Fråga", "en": "Question"}, Mark: "?"},
		},
		Length:     LengthDefault,
		Dots:       Dots{Each: DotsDefault, Most: DotsMost},
		Moderation: Moderation{Mode: "open", Seconds: DelayDefault},
		Phase:      Write,
		Totals:     "hidden",
		Displays:   map[string]Display{"1": {View: "overview", QR: true}},
	}
}

// filled is s with the defaults for what it leaves empty.
func (s Settings) filled() Settings {
	d := DefaultSettings()
	if s.Title == "" {
		s.Title = d.Title
	}
	if len(s.Question) == 0 {
		s.Question = d.Question
	}
	if s.Language == "" {
		s.Language = d.Language
	}
	if len(s.Themes) == 0 {
		s.Themes = d.Themes
	}
	if len(s.Kinds) == 0 {
		s.Kinds = d.Kinds
	}
	if s.Length == 0 {
		s.Length = d.Length
	}
	if s.Dots.Each == 0 {
		s.Dots.Each = d.Dots.Each
	}
	if s.Dots.Most == 0 {
		s.Dots.Most = min(d.Dots.Most, s.Dots.Each)
	}
	if s.Moderation.Mode == "" {
		s.Moderation.Mode = d.Moderation.Mode
	}
	if s.Moderation.Seconds == 0 {
		s.Moderation.Seconds = d.Moderation.Seconds
	}
	if s.Phase == "" {
		s.Phase = d.Phase
	}
	if s.Totals == "" {
		s.Totals = d.Totals
	}
	if len(s.Displays) == 0 {
		s.Displays = d.Displays
	}
	return s
}
