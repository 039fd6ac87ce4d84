// The people of the story. All are invented; the answers follow the worked
// example of a fisher in the form specification.

// Words that nobody else writes, to look for where they must not be.
export const canary = {
  employer: "Qzvemployer ក្រុមហ៊ុនខ្យងខ្មៅ",
  involved: "Qzvcaptain តៃកុងឆ្នាំង",
  channel: "Qzvchannel តាមព្រះវិហារ",
  note: "Qzvnote សូមហៅមុនថ្ងៃត្រង់",
  family: "ឈុំហ៊ីង",
};

// The same person, as written at Poipet and again at KTC.
export const atPoipet = {
  idn_family_km: canary.family, idn_given_km: "វិចិត្រ", idn_family_latin: "Chhumhing", idn_given_latin: "Vichet",
  idn_name_source: "spoken", idn_sex: "male", idn_birth_date: "1993", idn_age_stated: "33", idn_age_basis: "stated",
  idn_nationality: "KH", idn_doc_type: "none", idn_doc_held_by: "lost", idn_home: "បន្ទាយមានជ័យ", idn_phone: "012345678",
};
export const atKTC = {
  ...atPoipet, idn_given_km: "វិចិត", idn_family_latin: "Chhumhing", idn_given_latin: "Vijet",
};
export const another = {
  ...atPoipet, idn_family_km: "កែវ", idn_given_km: "បុប្ផា", idn_family_latin: "Keo", idn_given_latin: "Bopha",
  idn_sex: "female", idn_birth_date: "2001", idn_age_stated: "25", idn_phone: "098765432",
};

export const before = { // triage, session, list
  tri_medical_urgent: "no", tri_threat_present: "no", tri_child_alone: "no", tri_pregnant_infant: "no", tri_distress: "calm",
  tri_basic_needs: "food water", tri_when: "now",
  ses_place: "screened_corner", ses_overheard: "yes", ses_sex_preference: "none", ses_language: "khm", ses_interpreter: "no", ses_prior_count: "0",
  bat_match: "matched", bat_return_kind: "deported", bat_thai_result: "not_screened",
};

export const consent = {
  con_told_purpose: "yes", con_told_use: "yes", con_told_limits: "yes", con_told_stop: "yes", con_told_no_status: "yes", con_told_no_blame: "yes",
  con_interview: "yes", con_method: "thumbprint",
  con_share_social_affairs: "full", con_share_judicial_police: "none", con_share_ngo: "needs", con_share_health: "none",
  con_share_thai_authority: "none", con_share_family: "none", con_share_research: "anon",
  con_referral: "yes", con_recontact: "yes", con_safe_channel: canary.channel,
};

export const fisher = {
  rec_found_by: "village_broker", rec_act: "yes", rec_channel: "no_papers", rec_left_home: "2024", rec_job_same: "no", rec_wage_same: "no",
  rec_pressure: "none", rec_why_agreed: "economic", rec_used_it: "no", rec_fee: "300000 THB", rec_fee_borrowed: "yes",
  wrk_sector: "fishing", wrk_place: "Trat", wrk_employer: canary.employer, wrk_from: "2024", wrk_to: "2026", wrk_hours_day: "18", wrk_days_week: "7",
  wrk_pay_state: "nothing", wrk_pay_owed: "90000 THB", wrk_living: "crowded no_sleep", wrk_hazards: "no_ppe sea", wrk_legal_gaps: "no_contract",
  ctl_papers: "employer", ctl_papers_back: "no", ctl_movement: "at_sea", ctl_contact: "free",
  ctl_threats: "beating police", ctl_violence: "hit", ctl_made_to: "none", ctl_why_stayed: "all_from_boss debt guarded no_money",
  dbt_any: "yes", dbt_creditor: "employer", dbt_principal: "20000 THB", dbt_must_stay: "yes", dbt_trend: "rising",
  hrm_physical: "no", hrm_sexual: "no", hrm_mental: "no", hrm_financial: "yes", hrm_care_now: "no", hrm_self_harm: "no",
  jus_afraid: "no", prp_name: canary.involved, prp_role: "captain", prp_relation: "stranger",
  ref_needs: "health legal shelter", ref_destination: "បន្ទាយមានជ័យ", ref_safe_there: "yes",
};

export const closing = {
  cls_read_back: "yes", cls_told_result: "yes", cls_card_given: "yes", cls_state: "calm",
};
