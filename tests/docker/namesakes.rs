//! Two folders of one name, which nobody gave them: each keeps its own.

use support::programs::{Ended, run};

use crate::stand::{Stand, both};

const SIDE: &str = "services:
  side:
    image: composed.local/box:1
    command: [sleep, infinity]
";

impl Stand {
    /// A command in a folder of the stand that is called as the project; nobody names it.
    fn within(&self, folder: &str, args: &[&str]) -> Ended {
        let mut command = self.command(args);
        command.current_dir(self.folder.join(folder).join(&self.project));
        run(&mut command)
    }

    fn write_within(&self, folder: &str) {
        self.folder.write(&format!("{folder}/{}/compose.yaml", self.project), SIDE);
    }
}

#[test]
fn a_stack_of_another_folder_of_that_name_is_neither_taken_over_nor_taken_down() {
    both(SIDE, |stand| {
        stand.write_within("a");
        stand.write_within("b");
        stand.within("a", &["up", "-d"]).well();
        let before = stand.container("side").life();
        for verb in [&["up", "-d"][..], &["down"]] {
            let refused = stand.within("b", verb);
            assert_eq!(refused.code, 1, "{refused}");
            for told in ["/a/", "/b/", "-p "] {
                assert!(refused.stderr.contains(told), "{refused}");
            }
        }
        assert_eq!(stand.container("side").life(), before);
        // It goes on being the first one's.
        stand.within("a", &["up", "-d"]).well();
        assert_eq!(stand.container("side").life(), before);
        // Who says the name means it.
        stand.within("b", &["-p", &stand.project, "up", "-d"]).well();
        stand.within("b", &["-p", &stand.project, "down"]).well();
    });
}

#[test]
fn a_folder_that_was_moved_takes_its_stack_along() {
    both(SIDE, |stand| {
        stand.write_within("a");
        stand.within("a", &["up", "-d"]).well();
        std::fs::rename(stand.folder.join("a"), stand.folder.join("b")).unwrap();
        stand.within("b", &["up", "-d"]).well();
        stand.within("b", &["down"]).well();
    });
}

#[test]
fn a_plan_is_of_what_was_asked_for_before() {
    let stand = Stand::with_daemon(crate::stand::STACK);
    stand.composectl(&["up", "-d", "side"]).well();
    assert_eq!(stand.composectl(&["plan", "side"]).well().stdout, "nothing to do\n");
}
