"""From clips to a trained model.

- Data: `preparation` makes `shards` of files (`media_listing`, `clip_origin`, `face_segments`,
  `stable_crop`, `clip_filters`); `labels` reads motion off their landmarks; `pairs` draws batches, `crops`
  of them; `drawn_faces` is data that shows nobody.
- Losses: `motion_stage`, `stage_one`, `stage_two`, over `landmark_losses`, `head_pose_loss`,
  `keypoint_losses`, `perceptual`, `identity`, `adversarial_losses`.
- Stages: a step computes all losses of a batch (`stage_one_step`, `stage_two_step`), a `learner` steps its
  optimisers (`motion_learner`, `stage_one_learner`, `stage_two_learner`).
- Runs: `recipes` hold every setting, `runs` puts one together, `loop` drives it.
"""
