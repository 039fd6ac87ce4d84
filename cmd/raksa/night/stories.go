package night

// stories are answers to the questions after the identity, by item, in
// canonical form. They follow the worked examples of the form specification;
// nobody told them.
var stories = map[string]map[string]string{
	"ordinary": {
		"rec_found_by": "relative", "rec_act": "no", "rec_channel": "no_papers", "rec_job_same": "yes", "rec_wage_same": "yes",
		"rec_pressure": "none", "rec_why_agreed": "economic", "rec_used_it": "no", "rec_fee_borrowed": "no",
		"wrk_sector": "construction", "wrk_hours_day": "9", "wrk_days_week": "6", "wrk_pay_state": "full", "wrk_living": "none",
		"wrk_hazards": "none", "wrk_legal_gaps": "no_contract", "ctl_papers": "self", "ctl_movement": "free", "ctl_contact": "free",
		"ctl_threats": "none", "ctl_violence": "none", "ctl_made_to": "none", "ctl_why_stayed": "could_leave", "dbt_any": "no",
		"ref_needs": "transport", "asm_view": "none",
	},
	"fisher": {
		"rec_found_by": "village_broker", "rec_act": "yes", "rec_channel": "no_papers", "rec_job_same": "no", "rec_wage_same": "no",
		"rec_pressure": "none", "rec_why_agreed": "economic", "rec_used_it": "no", "rec_fee_borrowed": "yes",
		"wrk_sector": "fishing", "wrk_hours_day": "18", "wrk_days_week": "7", "wrk_pay_state": "nothing", "wrk_living": "crowded no_sleep",
		"wrk_hazards": "no_ppe sea", "wrk_legal_gaps": "no_contract", "ctl_papers": "employer", "ctl_papers_back": "no",
		"ctl_movement": "at_sea", "ctl_contact": "free", "ctl_threats": "beating police", "ctl_violence": "hit", "ctl_made_to": "none",
		"ctl_why_stayed": "all_from_boss debt guarded no_money unknown_place wages_due",
		"dbt_any":        "yes", "dbt_must_stay": "yes", "dbt_trend": "rising",
		"ref_needs": "health legal shelter", "asm_view": "indicators",
	},
	"debt": {
		"rec_found_by": "village_broker", "rec_act": "yes", "rec_channel": "no_papers", "rec_job_same": "yes", "rec_wage_same": "partly",
		"rec_pressure": "none", "rec_why_agreed": "debt_home", "rec_used_it": "yes", "rec_fee_borrowed": "yes",
		"wrk_sector": "agriculture", "wrk_hours_day": "13", "wrk_days_week": "7", "wrk_pay_state": "partly", "wrk_living": "crowded hungry",
		"wrk_hazards": "chemicals no_ppe", "wrk_legal_gaps": "no_contract", "ctl_papers": "employer", "ctl_papers_back": "no",
		"ctl_movement": "permission", "ctl_contact": "free", "ctl_threats": "police", "ctl_violence": "none", "ctl_made_to": "none",
		"ctl_why_stayed": "debt papers_held", "dbt_any": "yes", "dbt_must_stay": "yes", "dbt_trend": "not_told",
		"ref_needs": "debt_help shelter", "asm_view": "forced_labour",
	},
	"cheated": {
		"rec_found_by": "friend", "rec_act": "yes", "rec_channel": "no_papers", "rec_job_same": "yes", "rec_wage_same": "no",
		"rec_pressure": "none", "rec_why_agreed": "economic", "rec_used_it": "no", "rec_fee_borrowed": "no",
		"wrk_sector": "construction", "wrk_hours_day": "10", "wrk_days_week": "6", "wrk_pay_state": "held", "wrk_living": "none",
		"wrk_hazards": "none", "wrk_legal_gaps": "no_contract", "ctl_papers": "self", "ctl_movement": "free", "ctl_contact": "free",
		"ctl_threats": "none", "ctl_violence": "none", "ctl_made_to": "none", "ctl_why_stayed": "could_leave", "dbt_any": "no",
		"ref_needs": "legal", "asm_view": "labour_rights",
	},
	"child": {
		"rec_found_by": "relative", "rec_act": "yes", "rec_channel": "no_papers", "rec_job_same": "yes", "rec_wage_same": "yes",
		"rec_pressure": "none", "rec_why_agreed": "economic", "rec_used_it": "no", "rec_fee_borrowed": "no",
		"wrk_sector": "construction", "wrk_hours_day": "13", "wrk_days_week": "7", "wrk_pay_state": "partly", "wrk_living": "crowded dirty",
		"wrk_hazards": "heights no_ppe", "wrk_legal_gaps": "no_leave", "ctl_papers": "self", "ctl_movement": "free", "ctl_contact": "free",
		"ctl_threats": "none", "ctl_violence": "none", "ctl_made_to": "none", "ctl_why_stayed": "no_money", "dbt_any": "no",
		"ref_needs": "education shelter", "asm_view": "other_vulnerable",
	},
}

// common are the answers that everybody gives alike in the made-up night.
var common = map[string]string{
	"tri_medical_urgent": "no", "tri_threat_present": "no", "tri_child_alone": "no", "tri_distress": "calm",
	"tri_basic_needs": "food water", "tri_when": "now",
	"ses_place": "screened_corner", "ses_overheard": "no", "ses_sex_preference": "none", "ses_language": "khm",
	"ses_interpreter": "no", "ses_prior_count": "0",
	"con_told_purpose": "yes", "con_told_use": "yes", "con_told_limits": "yes", "con_told_stop": "yes",
	"con_told_no_status": "yes", "con_told_no_blame": "yes", "con_interview": "yes", "con_method": "thumbprint",
	"con_share_social_affairs": "full", "con_share_judicial_police": "none", "con_share_ngo": "needs",
	"con_share_research": "anon", "con_referral": "yes", "con_recontact": "yes",
	"idn_name_source": "spoken", "idn_age_basis": "stated", "idn_nationality": "KH", "idn_doc_type": "none", "idn_doc_held_by": "lost",
	"bat_return_kind": "deported", "bat_thai_result": "not_screened", "bat_match": "matched",
	"hrm_physical": "no", "hrm_sexual": "no", "hrm_mental": "no", "hrm_financial": "no", "hrm_care_now": "no", "hrm_self_harm": "no",
	"jus_afraid": "no", "ref_safe_there": "yes",
	"asm_long_needed": "no", "cls_read_back": "yes", "cls_told_result": "yes", "cls_card_given": "yes", "cls_state": "calm",
}

// ofChild are the answers of the child's own path: a trained interviewer, a
// social worker, and an official who agrees in the parents' place.
var ofChild = map[string]string{
	"con_method": "official", "con_child_assent": "yes", "con_guardian_name": "made up", "con_guardian_suspect": "no",
	"chl_accompanied": "alone", "chl_setting": "child_friendly", "chl_interviewer_trained": "yes", "chl_social_worker": "yes",
	"chl_worked": "yes", "chl_safe_home": "partly",
}
